/** What a question about the supply chain came to. Only a failure must not land. */
export interface Finding {
  kind: 'good' | 'warning' | 'unanswered' | 'failure';
  text: string;
}
