import type { GeminiFailure } from '../gemini/gemini-failure';

/** How far a failure reaches: every account of the project, one account, or none. */
export function reachOf(failure: GeminiFailure): 'project' | 'account' | 'none' {
  switch (failure.kind) {
    case 'rate_limit':
    case 'quota':
      return 'project';
    case 'account_unusable':
    case 'model_forbidden':
    case 'model_missing':
    case 'transient':
    case 'unreachable':
    case 'upstream_deadline':
      return 'account';
    case 'stale_connection':
    case 'stale_token':
    case 'invalid_request':
    case 'request_too_large':
    case 'refused':
    case 'overloaded':
    case 'timeout':
    case 'no_image':
    case 'cut_short':
    case 'response_too_large':
      return 'none';
  }
}
