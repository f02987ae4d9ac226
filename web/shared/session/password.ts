/** What every administrator's password must have; a partner may ask for more characters. */
export function isStrongPassword(password: string): boolean {
  return password.length >= 10 && /[^\p{L}\p{N}]/u.test(password);
}
