const given = process.env.WOONSPOOR_EVENTSTOREDB;

/** The connection string of a log of its own on the server that WOONSPOOR_EVENTSTOREDB names; undefined: none is named. */
export const realServer =
  given === undefined || given === ''
    ? undefined
    : (name: string) => {
        const namespace = `test${name.replaceAll('-', '')}`;
        return `${given}${given.includes('?') ? '&' : '?'}woonspoorNamespace=${namespace}`;
      };
