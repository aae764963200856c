/** The value of an entry: `text` in version 1 of the app, `name` in version 2. */
export type Value = { key: number; text?: string; name?: string; padding?: string };

export type Features = {
  tags: boolean;
  /** Reads many keys and loads what is missing. */
  getMany: boolean;
  /** Separates values of two versions of the app. */
  versions: boolean;
};

export type OpenOptions = {
  redisUrl: string;
  /** Prefix of keys and channels. */
  prefix: string;
  nodeId: string;
  version: number;
  load: (key: number) => Promise<Value>;
  loadMany: (keys: readonly number[]) => Promise<Value[]>;
};

/** One node of a cache, as wrapped in bench/peers/caches. */
export type NodeCache = {
  get: (key: number) => Promise<unknown>;
  getMany?: (keys: readonly number[]) => Promise<unknown[]>;
  /** Resolves to a text when it reports a failure. */
  deleteKey: (key: number) => Promise<unknown>;
  invalidateTag?: (tag: string) => Promise<unknown>;
  close: () => Promise<unknown>;
};

export type Adapter = { features: Features; open: (options: OpenOptions) => Promise<NodeCache> };
