/**
 * The header of a DNS message (RFC 1035, 4.1.1), six 16-bit numbers.
 *
 *     ID, flags, QDCOUNT, ANCOUNT, NSCOUNT, ARCOUNT
 */

/** The length of a header, in octets. */
export const HEADER_LENGTH = 12;

/** Where the number of questions stands, and where the three other counts start. */
export const QUESTION_COUNT_OFFSET = 4;
export const RECORD_COUNTS_OFFSET = 6;
