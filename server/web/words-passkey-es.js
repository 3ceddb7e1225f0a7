// What is said of passkeys, in Spanish.

/** @type {typeof import('./words-passkey-en.js').default} */
export default {
  PASSKEY: {
    use: 'Use una llave de acceso',
    not_signed: 'La llave de acceso no respondió o se canceló. No se envió nada. Intente otra vez o escriba su PIN.',
    no_answer: 'El servidor no respondió. No se envió nada. Intente otra vez o escriba su PIN.',
  },
};
