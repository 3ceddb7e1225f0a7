// What is said of passkeys, in English.

export default {
  /** In the place of a PIN. */
  PASSKEY: {
    use: 'Use a passkey',
    not_signed: 'The passkey did not answer, or was cancelled. Nothing was sent. Try it again, or type your PIN.',
    no_answer: 'The server did not answer. Nothing was sent. Try again, or type your PIN.',
  },
};
