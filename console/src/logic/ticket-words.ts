import type { Plan } from '../api/types';
import { errorWords, type Failure } from './error-words';
import { aboutMoney, counted, money } from './words';

export interface TicketFacts {
  readonly plan: Plan | undefined;
  readonly failure: Failure | undefined;
  readonly isEmulator: boolean;
  readonly images: number;
  readonly hasMask: boolean;
  /** Where the picture takes its ratio from the first image. */
  readonly autoRatio: string | undefined;
  readonly hasStyle: boolean;
  /** What the model makes where no size is sent; undefined where it has no sizes. */
  readonly usualSize: string | undefined;
  readonly budgetLeft: number | undefined;
  /** What is wrong with a field, so that nothing is sent; empty if nothing is. */
  readonly fault: string;
}

export interface TicketWords {
  readonly price: string;
  readonly isOverBudget: boolean;
  readonly model: string;
  readonly shape: string;
  readonly calls: string;
  /** The number of calls, if there is only room for one line. */
  readonly shortCalls: string;
  readonly warnings: readonly string[];
}

/** What is about to be sent, and its cost, in two lines; and what cannot be done as asked. */
export function ticketWords(facts: TicketFacts): TicketWords {
  const { plan, failure } = facts;
  const faults = facts.fault === '' ? [] : [facts.fault];
  if (plan === undefined || failure !== undefined) {
    const words = failure && errorWords(failure);
    return {
      price: '–',
      isOverBudget: false,
      model: words === undefined ? 'Asking …' : words.title,
      shape: '',
      calls: words?.detail ?? '\u00a0',
      shortCalls: '',
      warnings: faults,
    };
  }
  const list = plan.list_price_usd;
  const missing = overBudget(facts, list);
  return {
    price: facts.isEmulator ? money(0) : aboutMoney(list),
    isOverBudget: missing !== undefined,
    model: plan.model,
    shape: [facts.autoRatio ?? plan.aspect_ratio, plan.image_size ?? facts.usualSize]
      .filter((part) => part && part !== 'default')
      .join(' · '),
    calls: [
      `${counted(plan.calls, 'call')} to ${facts.isEmulator ? 'the emulator' : 'Google'}${plan.calls > 1 && facts.images === 0 ? ' at once' : ''}`,
      facts.images > 0 && goingAlong(facts.images, facts.hasMask),
      facts.hasStyle && 'style joins the prompt',
      facts.isEmulator && `Google: ${aboutMoney(list)}`,
    ]
      .filter((part) => part !== false)
      .join(' · '),
    shortCalls: counted(plan.calls, 'call'),
    warnings: [
      ...faults,
      ...(missing === undefined ? [] : [`${money(missing)} more than this key has left`]),
      ...plan.warnings,
    ],
  };
}

function overBudget({ isEmulator, budgetLeft }: TicketFacts, list: number) {
  return !isEmulator && budgetLeft !== undefined && list > budgetLeft
    ? list - budgetLeft
    : undefined;
}

function goingAlong(images: number, hasMask: boolean): string {
  return `${counted(images, 'image')}${hasMask ? ' and a mask' : ''} ${images > 1 || hasMask ? 'go' : 'goes'} along`;
}
