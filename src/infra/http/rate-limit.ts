import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { countedAddress } from './address.ts';

/** What requests may cost in a minute, per key and per address; counted in this process. */
export type Rates = {
  /** Seconds to wait, when it is more than is left of the minute. */
  ofAddress(address: string, cost: number): Promise<number | undefined>;
  ofKey(key: string, cost: number): Promise<number | undefined>;
  /** Whether so many keys failed from there that none but a known one is looked at. */
  isShut(address: string): Promise<number | undefined>;
  failed(address: string): Promise<void>;
};

const minute = 60;
export const failuresPerMinute = 30;

const secondsOf = (result: RateLimiterRes): number => Math.max(1, Math.ceil(result.msBeforeNext / 1000));

const limiterOf = (points: number): ((name: string, cost: number) => Promise<number | undefined>) => {
  if (points === 0) return async () => undefined;
  const limiter = new RateLimiterMemory({ points, duration: minute });
  return async (name, cost) => {
    try {
      // What alone is more than a minute holds may go once a minute, not never.
      await limiter.consume(name, Math.min(Math.ceil(cost), points));
      return undefined;
    } catch (error) {
      if (error instanceof RateLimiterRes) return secondsOf(error);
      throw error;
    }
  };
};

export const createRates = (limits: { readonly rateLimit: number; readonly rateLimitAddress: number }): Rates => {
  const keys = limiterOf(limits.rateLimit);
  const addresses = limiterOf(limits.rateLimitAddress);
  const failures = new RateLimiterMemory({ points: failuresPerMinute, duration: minute });
  return {
    ofAddress: (address, cost) => addresses(countedAddress(address), cost),
    ofKey: (key, cost) => keys(key, cost),
    isShut: async (address) => {
      const result = await failures.get(countedAddress(address));
      return result !== null && result.consumedPoints >= failuresPerMinute ? secondsOf(result) : undefined;
    },
    failed: async (address) => void (await failures.penalty(countedAddress(address), 1)),
  };
};
