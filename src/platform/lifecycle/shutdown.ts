/** How far the service is on its way out, for whoever must act on it. */
export class Shutdown {
  private stage: 'none' | 'announced' | 'refusing' = 'none';

  /** Readiness says no from now on, so that load balancers send calls elsewhere. */
  announce(): void {
    if (this.stage === 'none') this.stage = 'announced';
  }

  /** No new turns from now on, and no connection outlives its call. */
  refuseTurns(): void {
    this.stage = 'refusing';
  }

  get isAnnounced(): boolean {
    return this.stage !== 'none';
  }

  get isRefusingTurns(): boolean {
    return this.stage === 'refusing';
  }
}
