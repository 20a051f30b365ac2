import type { components } from './openapi';

type Schemas = components['schemas'];

export type Account = Schemas['AccountDto'];
export type ConsoleConfig = Schemas['ConsoleConfigDto'];
export type Model = ConsoleConfig['models'][number];
export type GatewayError = Schemas['OpenAiErrorDto'];
export type Key = Schemas['KeyDto'];
export type Plan = Schemas['ImagesPlanDto'];
export type UsageList = Schemas['UsageListDto'];
export type UsageItem = Schemas['UsageItemDto'];
/** The last `completed` event says what its request cost. */
export type TokenUsage = Schemas['UsageDto'] & { cost?: number };
export type ImagesResponse = Schemas['ImagesResponseDto'];
export type PartialEvent = Schemas['PartialImageEventDto'];
export type CompletedEvent = Omit<Schemas['CompletedImageEventDto'], 'usage'> & {
  usage?: TokenUsage;
};
