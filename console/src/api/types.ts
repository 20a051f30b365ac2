import type { components } from './openapi';

type Schemas = components['schemas'];

export type Account = Schemas['AccountDto'];
export type Key = Schemas['KeyDto'];
export type UsageList = Schemas['UsageListDto'];
export type UsageItem = Schemas['UsageItemDto'];
export type TokenUsage = Schemas['UsageDto'] & { cost?: number };
export type PartialEvent = Schemas['PartialImageEventDto'];
export type CompletedEvent = Omit<Schemas['CompletedImageEventDto'], 'usage'> & {
  usage?: TokenUsage;
};
export type GatewayError = Schemas['OpenAiErrorBodyDto'];

export interface ConsoleModel {
  readonly id: string;
  readonly name: string;
  readonly aspect_ratios: readonly string[];
  readonly image_sizes: readonly string[];
  readonly qualities: readonly string[];
  readonly max_input_images: number;
}

export interface ConsoleConfig {
  readonly version: string;
  readonly api_keys: 'off' | 'strict' | 'all_except_health';
  readonly consumer: string;
  readonly role: 'member' | 'monitor' | 'operator';
  readonly emulator: boolean;
  readonly ledger: boolean;
  readonly image_store: boolean;
  readonly default_model: string;
  readonly max_images: number;
  readonly models: readonly ConsoleModel[];
  readonly formats: readonly string[];
}

export interface Plan {
  readonly model: string;
  readonly aspect_ratio: string | null;
  readonly image_size: string | null;
  readonly calls: number;
  readonly list_price_usd: number | null;
  readonly warnings: readonly string[];
}
