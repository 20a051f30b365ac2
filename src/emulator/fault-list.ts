import { takeFaults } from './fault';
import type { Call, Fault, TakenFaults } from './fault';

/** The pending faults, in the order in which they were added. */
export class FaultList {
  private faults: readonly Fault[] = [];

  get waiting(): readonly Fault[] {
    return this.faults;
  }

  add(fault: Fault): void {
    this.faults = [...this.faults, fault];
  }

  /**
   * Takes the faults that apply to this call; counts are decremented at once, so that parallel
   * calls share them correctly.
   */
  take(call: Call): TakenFaults {
    const taken = takeFaults(this.faults, call);
    this.faults = taken.left;
    return taken;
  }

  clear(): void {
    this.faults = [];
  }
}
