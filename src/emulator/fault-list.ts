import { takeFaults } from './fault';
import type { Call, Fault, TakenFaults } from './fault';

/** The faults waiting for calls, in the order they were added. */
export class FaultList {
  private faults: readonly Fault[] = [];

  get waiting(): readonly Fault[] {
    return this.faults;
  }

  add(fault: Fault): void {
    this.faults = [...this.faults, fault];
  }

  /** Takes what meets this call; counts go down at once, so that parallel calls share them rightly. */
  take(call: Call): TakenFaults {
    const taken = takeFaults(this.faults, call);
    this.faults = taken.left;
    return taken;
  }

  clear(): void {
    this.faults = [];
  }
}
