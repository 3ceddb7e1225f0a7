// What the page of people and rooms alone says, in Spanish: as `words-hand-en.js`, text for text.

/** @type {typeof import('./words-hand-en.js').default} */
const words = {
  HAND_PAGE: {
    people: 'Personas y salones', people_title: 'Personas y salones – Lockstep',
    substitute: 'Suplente', substitute_name: 'Su nombre', substitute_room: 'Su salón', substitute_send: 'Agregue y muestre el código',
    people_list: 'Personas', people_search: 'Busque por nombre, función o salón', people_add: 'Agregue a otra persona…', people_nobody: 'No se encuentra a nadie aquí.',
    rooms_list: 'Salones y sus pantallas', rooms_add: 'Agregue un salón…',
  },
  GIVEN: {
    staff: 'Personal: maestro, suplente, oficina', eyes: 'Limpieza y mantenimiento', administrator: 'Administración', sro: 'SRO: oficial certificado del plantel', officer: 'Oficial de otra agencia',
    sso: 'SSO: oficial de seguridad escolar', chief: 'Jefatura de la policía escolar', director: 'Dirección de seguridad', superintendent: 'Superintendencia', monitor: 'Observador del distrito: solo lee',
    room: 'Salón', operator: 'Operador',
  },
  HAND: {
    everywhere: 'Todo el distrito', no_room: 'Sin salón propio', room: 'Salón', role: 'Su función', name: 'Nombre', campuses: 'Planteles', zone: 'Zona', room_id: 'Identificador corto',
    room_id_hint: 'Letras minúsculas, cifras y guiones, como n150. Queda como está.',
    addresses: 'Dónde encontrarla fuera', addresses_hint: 'tel:, sms: o mailto:, uno por línea, en el orden en que se intentan.',
    agency: 'Agencia', badge: 'Número de placa', kind: 'Tipo de certificación', kind_hint: 'Como la llama quien la otorga; por ejemplo, peace officer.', number: 'Número de certificación', employed: 'Empleo', full: 'Tiempo completo', part: 'Tiempo parcial o reserva', until: 'Certificado hasta',
    certified_for: 'Certificación: un SRO la tiene registrada, y un oficial la necesita para el todo despejado. Solo la dirección de seguridad la anota.',
    why: 'Por qué, como lo guarda el registro', pin: 'Su PIN', pin_hint: 'No hace falta para otro nombre o salón del personal.', pin_needed: 'Se pide porque esto da o quita un derecho.',
    save: 'Guarde el cambio', add: 'Agréguela', add_title: 'Agregue a una persona', add_room: 'Agregue el salón', close: 'Cierre',
    by_hand: 'a mano', elsewhere: 'también sirve en otro plantel', no_display: 'Sin pantalla',
    displays: (n) => `Pantallas: ${n}`,
    new_code: 'Código nuevo', code_pin: 'Su PIN, para el código', sign_ins: 'Sesiones abiertas', sign_ins_none: 'Sin ninguna sesión.', this_one: 'esta, aquí', reading: 'Leyendo…',
    made_at: (time) => `desde ${time}`,
    lost: '¿Perdido o robado? Apáguelo: queda fuera al instante, también donde está abierto.',
    switch_off: 'Apague la sesión', switch_off_now: 'Apáguela ahora', off: 'Sesión apagada.',
    remove: 'Quite a esta persona', remove_now: 'Quítela ahora', remove_room: 'Quite el salón', remove_room_now: 'Quite el salón ahora', remove_display: 'Quite esta pantalla', remove_display_now: 'Quite esta pantalla ahora',
    remove_what: 'Con ella se apagan sus sesiones.', remove_pin: 'Su PIN, para quitar', display: 'Pantalla', add_display: 'Agregue una pantalla y muestre su código',
    code_for: (name) => `Código para ${name}`,
    code_what: (host, until) => `Sirve una vez, hasta ${until}. Lea la imagen con la cámara del teléfono, abra el enlace, o escriba el código en ${host}/enrol.`,
    qr: 'El enlace como imagen para una cámara', another: 'Listo',
    version: (version, time) => `Versión ${version}, leída: ${time}`,
    changed: (version, changes) => `Cambiado y registrado; vale la versión ${version}. ${changes.join('. ')}.`,
    conflict: 'Lo que escribió sigue aquí, y no se envió nada. La lista se lee de nuevo: mírela, y presione otra vez.',
    look: 'Vea qué cambiaría', look_title: 'Qué cambiaría', was: 'ahora', is: 'después', nothing: 'nada',
    takes_pin: 'Todavía no cambia nada. Guardarlo pide su PIN.', takes_none: 'Todavía no cambia nada. Guardarlo no pide PIN.',
    same: 'Nada aquí difiere de lo que vale.',
  },
};

export default words;
