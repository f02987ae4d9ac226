/** An IP address as a number, with its length in bits. */
interface Address {
  value: bigint;
  bits: 32 | 128;
}

/** A range of addresses. */
export interface Range extends Address {
  prefix: number;
}

/** Reads an IPv4 or IPv6 address or CIDR; nothing when it is none. */
export function parseRange(text: string): Range | undefined {
  const [host = "", length, ...more] = text.trim().split("/");
  if (more.length > 0) return undefined;
  const address = parseAddress(host);
  if (address === undefined) return undefined;
  if (length === undefined) return { ...address, prefix: address.bits };
  const prefix = Number(length);
  if (!/^\d{1,3}$/.test(length) || prefix > address.bits) return undefined;
  return { ...address, prefix };
}

/** Whether a range contains an address. An IPv4 address also counts in its IPv6 form. */
export function contains(range: Range, text: string): boolean {
  const address = parseAddress(text);
  if (address === undefined) return false;
  const plain = unmapped(address);
  if (plain.bits !== range.bits) return false;
  const shift = BigInt(range.bits - range.prefix);
  return plain.value >> shift === range.value >> shift;
}

const mappedPrefix = 0xffffn;

function unmapped(address: Address): Address {
  return address.bits === 128 && address.value >> 32n === mappedPrefix
    ? { value: address.value & 0xffff_ffffn, bits: 32 }
    : address;
}

function parseAddress(text: string): Address | undefined {
  return text.includes(":") ? parseV6(text) : parseV4(text);
}

function parseV4(text: string): Address | undefined {
  const parts = text.split(".");
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255)) return undefined;
  return { value: parts.reduce((value, part) => (value << 8n) | BigInt(part), 0n), bits: 32 };
}

function parseV6(text: string): Address | undefined {
  const tail = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  let whole = text;
  if (tail !== null) {
    const v4 = parseV4(tail[2] ?? "");
    if (v4 === undefined) return undefined;
    whole = `${tail[1] ?? ""}${(v4.value >> 16n).toString(16)}:${(v4.value & 0xffffn).toString(16)}`;
  }
  const halves = whole.split("::");
  if (halves.length > 2) return undefined;
  const groups = halves.map((half) => (half === "" ? [] : half.split(":")));
  const known = groups.flat();
  if (!known.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return undefined;
  const gap = 8 - known.length;
  if (halves.length === 2 ? gap < 1 : gap !== 0) return undefined;
  const all = [...(groups[0] ?? []), ...Array<string>(gap).fill("0"), ...(groups[1] ?? [])];
  return { value: all.reduce((value, group) => (value << 16n) | BigInt(`0x${group}`), 0n), bits: 128 };
}
