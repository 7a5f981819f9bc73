/** What an endpoint gets. */
export interface WebhookPost {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What came of it: the endpoint's status, or why there is none. */
export type WebhookPostResult =
  | { readonly kind: 'answered'; readonly statusCode: number; readonly retryAfterMs: number }
  | { readonly kind: 'failed'; readonly detail: string };

/** Posts once. Never throws; redirects are not followed. */
export type PostWebhook = (post: WebhookPost) => Promise<WebhookPostResult>;
