// What every face says, in Spanish: as `words-en.js`, text for text, and the words for what the server
// says in English. Spanish of schools in the United States: plain, short, with "usted".

import { las, plural } from './language.js';
import REFUSAL from './words-es-refusals.js';

/** @type {typeof import('./words-en.js').default} */
const words = {
  OTHER_LANGUAGE: { code: 'en', name: 'English' },

  PAGE: {
    acknowledge: 'Lo hemos visto',
    acknowledge_test: 'Hemos visto esta prueba',
    campus: 'Plantel',
    counts: 'Agregue cuántos son',
    counts_how: 'Escriba lo que sepa y luego presione cómo está el salón.',
    escalate: 'Pida 911, PD o SO',
    extra: 'De más',
    injured: 'Heridos',
    missing: 'Faltan',
    need_help: 'Pedimos ayuda',
    need_help_real: 'Pedimos ayuda REAL (termina el simulacro)',
    not_secured: 'No asegurado',
    present: 'Presentes',
    report: '¿Cómo está su salón?',
    report_drill: 'SIMULACRO: ¿cómo está su salón?',
    roster: 'Abra la lista de su clase\u2026',
    secured: 'Asegurado',
    sighting: 'Reporte lo que vio',
    threat: 'Reporte una amenaza inmediata',
    threat_real: 'Reporte una amenaza inmediata REAL (termina el simulacro)',
  },

  POSTURE: {
    normal: 'Normal',
    lifted_by_school: 'Levantado por la administración escolar',
    all_clear: 'Todo despejado',
    controlled_movement: 'Movimiento controlado',
    lock_down: 'Cierre de emergencia',
    checking: 'Amenaza reportada, en verificación',
    unknown: 'Se desconoce – sin conexión',
    stay_locked: 'Siga bajo llave hasta que le abran la puerta',
    drill: 'SIMULACRO',
  },

  INSTRUCTION: {
    normal: 'Clases como siempre.',
    lifted_by_school: 'Esto no es un todo despejado de la policía. Escuche qué hacer ahora.',
    all_clear: 'Un oficial dio el todo despejado. Escuche qué hacer ahora.',
    controlled_movement: 'Quédese donde está. Muévase solo cuando se lo indiquen.',
    lock_down: 'Cierre con llave. Apague las luces. Fuera de la vista. En silencio.',
    checking: 'Quédese donde está y siga escuchando.',
    unknown: 'No confíe en esta pantalla. Escuche el altavoz y la radio.',
    stay_locked: 'No abra aunque toquen o llamen. Un oficial abre la puerta.',
    drill: 'Practique como si fuera real.',
  },

  SIGN: {
    not_an_all_clear: 'Esto no es un todo despejado de la policía.',
    record_lost: 'El registro perdió sus últimas entradas. Lo que se levantó en ellas vale otra vez hasta que se levante de nuevo.',
    not_recorded: 'Aún sin registrar',
    last_known: (posture) => `Último estado conocido: ${posture}.`,
    since: (time) => `Desde ${las(time)}`,
    calls: (n) => plural(n, 'orden de cierre', 'órdenes de cierre'),
    newest: (call) => `la más reciente: ${call}`,
    where: (place) => `Lugar: ${place}`,
  },

  TRUST: {
    never: 'Todavía sin conexión. No confíe en esta pantalla.',
    not_connected: 'Sin conexión. No confíe en esta pantalla.',
    not_connected_since: (time) => `Sin conexión (desde ${las(time)}). No confíe en esta pantalla.`,
    behind: 'Poniéndose al día con lo que pasó. Todavía no confíe en esta pantalla.',
    held: 'Esta pantalla conserva algo que el servidor ya no muestra y que no consta que alguien haya levantado. Pregunte por radio.',
    signed_out: 'Sesión cerrada. No confíe en esta pantalla.',
    signed_out_since: (time) => `Sesión cerrada (desde ${las(time)}). No confíe en esta pantalla.`,
    sign_in_again: 'Inicie sesión otra vez',
    run_out: 'Su sesión venció. Dar la alarma y avisar siguen funcionando; para todo lo demás, inicie sesión otra vez.',
    degraded: 'El registro no se puede escribir ahora: nada se puede levantar. Dar la alarma sigue funcionando.',
  },

  // Of the office, not of the man or woman who holds it.
  ROLE: {
    administrator: 'administración', sro: 'SRO', officer: 'oficial', sso: 'SSO', eyes: 'personal de limpieza y mantenimiento', staff: 'personal',
    chief: 'jefatura de la policía del plantel', director: 'dirección de seguridad', superintendent: 'superintendencia',
    monitor: 'monitor del distrito', room: 'salón', operator: 'operador',
  },

  MARK: { unswept: 'RECORRIDO INCOMPLETO', set_aside: 'VETO DESCARTADO', given_from_off_campus: 'DADO DESDE FUERA DEL PLANTEL' },

  ROOM_STATE: { secured: 'Asegurado', not_secured: 'No asegurado', need_help: 'Pedimos ayuda' },

  ROOM: {
    campus_reads: (posture) => `El plantel está en: ${posture}. Su salón sigue bajo llave.`,
    seen_at: (time) => `Visto a ${las(time)}`,
    reported: (report) => `Reportado: ${report}`,
    plea: 'Su pedido de ayuda llegó.',
    plea_answer: (answer) => `Respuesta a su pedido de ayuda: ${answer}`,
  },

  COUNT: {
    present: (n) => plural(n, 'presente', 'presentes'),
    injured: (n) => plural(n, 'herido', 'heridos'),
    missing: (n) => plural(n, 'falta', 'faltan'),
    extra: (n) => `${n} de más`,
  },

  DRILL: {
    marked: (posture) => `SIMULACRO: ${posture}`,
    over: 'El simulacro terminó. Esto es real.',
    over_instruction: 'Llegó algo real. Detenga el simulacro y escuche qué hacer.',
    not_real: 'SIMULACRO. No hay nada real abierto. Los botones de cierre, amenaza y ayuda siguen siendo reales y terminan el simulacro.',
    test: (word) => `${word}. Muestra a qué salones llegaría una alerta. Presione “Hemos visto esta prueba”. Nada más cambia.`,
    report: 'Reporte del SIMULACRO',
    reported: (report) => `Reporte del SIMULACRO: ${report}`,
    last_known: (word) => `Último estado conocido: ${word}. Puede haber terminado, y puede haber llegado algo real.`,
  },

  DRILL_KIND: { lock_down: 'simulacro de cierre de emergencia', controlled_movement: 'simulacro de movimiento controlado', test_alert: 'alerta de prueba' },

  DUTY: {
    call_911: 'Llame al 911 y deje la línea abierta',
    call_sro: 'Llame al SRO, al 911 o a los dos: no consta que haya un SRO aquí',
    answer_threat: 'Responda a la amenaza inmediata',
    answer_plea: 'Responda al pedido de ayuda',
    see_sighting: 'Revise el avistamiento',
    explain_closed_line: 'Diga por qué se cerró la línea antes de la liberación',
    tell_sro: 'Hay que avisar a cada SRO',
    tell_chief_or_director: 'Hay que avisar a la jefatura de la policía del plantel o a la dirección de seguridad',
    tell_superintendent: 'Hay que avisar a la superintendencia',
    keep_watch: 'Vigile y reporte lo que vea',
  },

  MY_DUTY: {
    overdue: (clock) => `VENCIDA ${clock}`,
    have: 'Enterado, me encargo',
    you_have: 'Usted dijo que se encarga. Reporte lo que vea.',
  },

  AGENCY: { 911: '911', pd: 'PD', so: 'SO' },
  AGENCY_CHOICE: { 911: '911', pd: 'PD: el departamento de policía', so: 'SO: la oficina del sheriff' },
  BASIS_CHOICE: { immediate_threat: 'Amenaza inmediata: alguien está en peligro ahora', escalating: 'En aumento: está empeorando' },
  LINE_STATE: {
    requested: 'Pedido: nadie ha llamado todavía', calling: 'Llamando', line_open: 'Línea abierta', accepted: 'Aceptado por la central (PSAP)',
    units_on_the_way: 'Unidades en camino', on_scene: 'Unidades en el lugar', line_dropped: 'Línea cortada', closed: 'Línea cerrada',
  },

  HELP_SHEET: {
    intro: 'Lockstep no marca el teléfono. Llame por teléfono o radio, y registre aquí lo que pasó.',
    agency: '¿A quién?', basis: '¿Por qué?', state: '¿En qué va?', decided_by: 'Quién decidió, si no fue usted', called_by: 'Quién llama, si no es usted',
    number: 'Número al que se llamó', incident_number: 'Número de incidente que le dieron', note: 'Algo más', send: 'Regístrelo ahora',
    recorded: (agency, state) => `${agency}: ${state}. Lockstep está avisando al SRO y al distrito.`,
  },

  THREAT_SHEET: {
    intro: 'Va de inmediato a quienes pueden ordenar el cierre de emergencia. Si puede, llame también al 911.',
    reason: 'Qué está pasando', place: 'Dónde', send: 'Repórtela ahora',
    reported: 'Amenaza reportada. Va a quienes pueden ordenar el cierre de emergencia.',
    reported_not_recorded: 'Amenaza reportada. Aún sin registrar. Va a quienes pueden ordenar el cierre de emergencia.',
  },

  SIGHTING_SHEET: {
    update: 'Actualice un avistamiento',
    intro: 'Va de inmediato al SRO, al SSO y a la administración. Si alguien está en peligro ahora, reporte una amenaza inmediata o llame al 911.',
    adds_to: (seen) => `Se agrega a: ${seen}`,
    seen: '¿Qué vio?', seen_hint: 'No ponga nombres de estudiantes.', place: 'Dónde', danger: '¿Es peligroso?',
    picture: 'Foto', picture_hint: 'Va después del reporte. Solo si tomarla es seguro.', send: 'Repórtelo',
    sent: 'Su avistamiento está reportado. Va al SRO, al SSO y a la administración.',
  },
  DANGER_CHOICE: { yes: 'Sí', unsure: 'No puedo saberlo', no: 'No' },
  PICTURE: {
    going: 'La foto se está enviando…', sent: 'La foto también se envió.',
    not_sent: 'El avistamiento se reportó; la foto no se envió.',
    waits: 'La foto no se envió, porque el avistamiento aún no ha llegado. Agréguela cuando haya llegado.',
    too_large: 'La foto pasa de 5 MiB y aquí no se pudo reducir.',
    gone: 'La foto no se pudo cargar.',
    of: (seen) => `Foto de: ${seen}`,
  },

  SHEET: {
    cancel: 'Cancelar', close: 'Cerrar',
    optional: (label) => `${label} (opcional)`,
  },

  ANSWER: {
    recorded: 'Hecho y registrado.',
    spooled: 'Hecho. Aún sin registrar.',
    shown_only: 'Se muestra en pantallas, pero aún no está guardado en ninguna parte. Lockstep sigue intentando. Dígalo también por radio.',
    kept: 'Aún no se ha enviado. Lockstep sigue intentando. Use ahora la radio, el altavoz o el 911.',
    unsent: 'Sin conexión: no se envió nada. Nada se enviará después por sí solo.',
    in_doubt: 'No se sabe si esto quedó registrado. Trate el plantel como en cierre de emergencia; dígalo por radio. Se le avisará.',
    no_answer: 'No llegó respuesta: no se sabe si esto quedó registrado. Mire la pantalla antes de intentarlo otra vez.',
    stay_away: 'El servidor pidió a esta página que no vuelva. Cárguela de nuevo.',
    odd: (status) => `El servidor respondió ${status}.`,
    odd_advice: 'Intente otra vez; si sigue así, use la radio y avise al operador.',
  },

  OUTBOX: {
    item: (what, time) => `${what} de ${las(time)}`,
    sending: (item) => `${item}: aún no se ha enviado.`,
    sending_more: 'Lockstep sigue intentando. Use ahora la radio, el altavoz o el 911.',
    shown_only: (item) => `${item}: se muestra, pero aún no está guardado en ninguna parte.`,
    shown_only_more: 'Lockstep sigue intentando. Dígalo también por radio.',
    asking: (item) => `${item}: nunca se envió. ¿Todavía hace falta?`,
    needed: 'Sí, envíelo ahora', not_needed: 'No, ya pasó',
    not_sent: (item) => `${item}: no se envió.`,
    remove: 'Quítelo',
  },

  COMMAND: {
    call_lock_down: 'Orden de cierre de emergencia', begin_controlled_movement: 'Movimiento controlado', report_threat: 'Amenaza inmediata',
    report_adverse: 'Informe adverso', say_not_clear: 'No despejado', object_to_lift: 'Objeción', acknowledge: 'Enterado',
    arrive: 'Llegada', leave: 'Salida', annotate_mistake: 'Nota de un error', answer_plea: 'Respuesta a un pedido de ayuda',
    acknowledge_duty: '“Enterado, me encargo”', finish_duty: 'Tarea hecha', decline_duty: 'Tarea no hecha',
    judge_contact_safe: '“Lo juzgo seguro”', withdraw_contact: 'Retiro de un contacto', record_contact: 'Contacto hecho',
    offer_lead: 'Oferta del mando',
  },
  COMMAND_OF: {
    report_room: (state) => `Reporte del salón: ${state}`,
    report_sighting: (seen) => `Avistamiento: ${seen}`,
    open_escalation: (agency) => `Se pidió ${agency}`,
    record_line: (state) => `Línea: ${state}`,
  },

  ENGLISH_DUTY: {
    answer_threat: 'Answer the immediate threat', answer_plea: 'Answer the plea for help', see_sighting: 'Look at the sighting',
    explain_closed_line: 'Say why the line was closed before the release', keep_watch: 'Keep watch and report what you see',
  },
  REFUSAL,
  CLOSED: {
    4500: 'No ha iniciado sesión, o su sesión fue desactivada.',
    4501: 'Un mensaje pasaba de 64 KiB.',
    4502: 'Un mensaje no era texto.',
    4503: 'Demasiados mensajes no se pudieron entender.',
  },
};
export default words;
