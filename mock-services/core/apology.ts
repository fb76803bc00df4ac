/** What a partner says that answers 200 and sells nothing. */
export const APOLOGY = 'We are so sorry! Everybody wants one today. Please come back a little later.';
