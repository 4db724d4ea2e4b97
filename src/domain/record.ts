/** What is kept of containers that are gone: how long unless the tenant says otherwise, and how long at the most. */
export const recordDaysDefault = 7;
export const recordDaysMost = 365;
