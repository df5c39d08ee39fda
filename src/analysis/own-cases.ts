import type { AnalyticStore } from '../analytic-store/analytic-store.ts';
import type { CaseKnowledge } from '../case-table/case-feed.ts';
import { ViewUnavailable } from '../read-store/views.ts';

/** The cases of this system as an event table, as far as it has got. */
export abstract class OwnCases {
  /**
   * Asks the store as it is, with how much it knows.
   * @throws ViewUnavailable while it is being filled
   */
  abstract ask<T>(question: (store: AnalyticStore, knowledge: CaseKnowledge) => Promise<T>): Promise<T>;

  /** Undefined: nothing can be asked yet. */
  async knowledge(): Promise<CaseKnowledge | undefined> {
    try {
      return await this.ask((_store, knowledge) => Promise.resolve(knowledge));
    } catch (error) {
      if (error instanceof ViewUnavailable) return undefined;
      throw error;
    }
  }
}

/** Where none are kept. */
export class NoCases extends OwnCases {
  ask(): Promise<never> {
    return Promise.reject(new ViewUnavailable('case-table', null));
  }
}
