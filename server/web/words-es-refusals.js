// Every refusal in Spanish, by its code: the codes and their English are `proto/CODES.md`. The English
// stands here too, so that what the server adds to it is known and kept.

/** @type {Record<string, {english: string, message: string, advice: string}>} */
export default {
  not_allowed: {
    english: 'Your role may not do this.',
    message: 'Su función no permite hacer esto.',
    advice: 'Pídaselo a alguien que pueda. En peligro, reporte una amenaza inmediata: todos pueden.',
  },
  certification_missing: {
    english: 'Only a certified law-enforcement officer may give the all clear, and none is on record for you.',
    message: 'Solo un oficial de policía certificado puede dar el todo despejado, y usted no tiene certificación registrada.',
    advice: 'Haga que registren la certificación en el directorio, o pídaselo a un oficial que la tenga.',
  },
  certification_part_time: {
    english: 'Only a full-time officer may give the all clear.',
    message: 'Solo un oficial de tiempo completo puede dar el todo despejado.',
    advice: 'Pídaselo a un oficial de tiempo completo.',
  },
  certification_expired: {
    english: 'The law-enforcement certification on record for you has expired.',
    message: 'La certificación policial que consta de usted ha vencido.',
    advice: 'Haga que registren la nueva certificación en el directorio, o pídaselo a otro oficial.',
  },
  proof_needed: {
    english: 'This needs your PIN or a passkey, given in the last two minutes.',
    message: 'Esto necesita su PIN o una llave de acceso, dados en los últimos dos minutos.',
    advice: 'Escriba su PIN o use una llave de acceso, y envíelo otra vez.',
  },
  proof_wrong: {
    english: 'That PIN or passkey is not right.',
    message: 'Ese PIN o esa llave de acceso no es correcto.',
    advice: 'Intente otra vez. Ordenar cierre de emergencia y reportar una amenaza nunca los necesitan.',
  },
  proof_throttled: {
    english: 'Too many wrong PINs or passkeys.',
    message: 'Demasiados PIN o llaves de acceso incorrectos.',
    advice: 'Espere un minuto, y más tras cada otro en este inicio de sesión. Ordenar cierre de emergencia y reportar una amenaza siguen funcionando.',
  },
  sign_in_expired: {
    english: 'Your sign-in has expired; it can still raise and report, but not lower.',
    message: 'Su sesión ha vencido; todavía puede dar la alarma y reportar, pero no levantar.',
    advice: 'Inicie sesión otra vez.',
  },
  not_signed_in: {
    english: 'You are not signed in.',
    message: 'No ha iniciado sesión.',
    advice: 'Inicie sesión con un código de inscripción, que un administrador puede hacerle.',
  },
  revoked: {
    english: 'This sign-in was switched off.',
    message: 'Esta sesión fue desactivada.',
    advice: 'Inicie sesión otra vez con un nuevo código de inscripción.',
  },
  code_unknown: {
    english: 'That enrolment code is not known, was used already, or has run out.',
    message: 'Ese código de inscripción no se conoce, ya se usó o ha vencido.',
    advice: 'Pida un código nuevo: cada uno sirve una vez, por unos minutos.',
  },
  sign_on_unavailable: {
    english: 'The district\'s own sign-in does not answer.',
    message: 'El inicio de sesión del distrito no responde.',
    advice: 'Use un código de inscripción, o intente otra vez en un minuto. Quien ya inició sesión sigue dentro.',
  },
  sign_on_refused: {
    english: 'The district\'s own sign-in did not vouch for you in a way that can be trusted.',
    message: 'El inicio de sesión del distrito no respondió por usted de un modo confiable.',
    advice: 'Intente una vez más; si sigue así, use un código de inscripción y avise al operador.',
  },
  sign_on_over: {
    english: 'This sign-in was not begun in this browser, was used already, or took more than ten minutes.',
    message: 'Este inicio de sesión no empezó en este navegador, ya se usó, o tardó más de diez minutos.',
    advice: 'Empiece otra vez.',
  },
  sign_on_unknown: {
    english: 'The district\'s own sign-in knows you, and Lockstep\'s directory does not.',
    message: 'El inicio de sesión del distrito lo conoce, y el directorio de Lockstep no.',
    advice: 'Pida que lo anoten en el directorio. Después un administrador puede hacerle un código de inscripción.',
  },
  sign_on_no_group: {
    english: 'None of your groups at the district has a role in Lockstep.',
    message: 'Ninguno de sus grupos del distrito tiene una función en Lockstep.',
    advice: 'Pida que lo pongan en el grupo correcto, o pida un código de inscripción a un administrador.',
  },
  sign_on_not_taken: {
    english: 'The directory does not take the role that your groups at the district give you.',
    message: 'El directorio no acepta la función que le dan sus grupos del distrito.',
    advice: 'Avise al operador: el registro dice por qué. Un código de inscripción lo deja entrar como consta en el directorio.',
  },
  unknown_campus: {
    english: 'There is no such campus for you.',
    message: 'Para usted no existe ese plantel.',
    advice: 'Revise el identificador del plantel con `lockstep status`.',
  },
  unknown_thing: {
    english: 'There is no such room, zone, person, call, threat or proposal here now.',
    message: 'Aquí no existe ahora ese salón, zona, persona, orden, amenaza o propuesta.',
    advice: 'Mire de nuevo el plantel y nombre algo que se muestre.',
  },
  room_needed: {
    english: 'It is not known which room you speak for.',
    message: 'No se sabe por qué salón habla usted.',
    advice: 'Nombre el salón.',
  },
  unnamed_raises: {
    english: 'Something new has come in that your screen had not shown: a raise is open that you did not name.',
    message: 'Llegó algo nuevo que su pantalla no había mostrado: hay una alarma abierta que usted no nombró.',
    advice: 'Mire de nuevo y nombre todo lo que está abierto.',
  },
  new_alarm: {
    english: 'Something new has come in since your screen was drawn: an alarm stands after the head that you saw.',
    message: 'Llegó algo nuevo desde que se dibujó su pantalla: hay una alarma después de la cabecera que usted vio.',
    advice: 'Mire de nuevo y decida de nuevo.',
  },
  not_open: {
    english: 'Something that you named is not open here.',
    message: 'Algo de lo que nombró no está abierto aquí.',
    advice: 'Mire de nuevo y nombre lo que está abierto y nada más.',
  },
  nothing_to_lift: {
    english: 'There is nothing of this kind to lift.',
    message: 'No hay nada de este tipo que levantar.',
    advice: 'Mire de nuevo el plantel.',
  },
  call_open: {
    english: 'A lock-down call is open; controlled movement cannot be ended under it.',
    message: 'Hay una orden de cierre de emergencia abierta; bajo ella no se puede terminar el movimiento controlado.',
    advice: 'Primero se levanta el cierre de emergencia, con el todo despejado de un oficial o un levantamiento escolar.',
  },
  sweep_incomplete: {
    english: 'The sweep is incomplete.',
    message: 'El recorrido de verificación está incompleto.',
    advice: 'Despeje las zonas que faltan, o dé el todo despejado con una razón escrita; entonces queda marcado RECORRIDO INCOMPLETO.',
  },
  not_clear_stands: {
    english: 'Another officer says that it is not clear.',
    message: 'Otro oficial dice que no está despejado.',
    advice: 'Hable con ese oficial: lo retira, o un oficial lo descarta con una razón escrita.',
  },
  objection_stands: {
    english: 'An officer objects to a school lift.',
    message: 'Un oficial objeta el levantamiento escolar.',
    advice: 'El oficial retira la objeción, o la dirección de seguridad la descarta con una razón.',
  },
  off_campus: {
    english: 'You are not recorded as on campus.',
    message: 'No consta que usted esté en el plantel.',
    advice: 'Registre su llegada, o dé una razón escrita; entonces queda marcado DADO DESDE FUERA DEL PLANTEL.',
  },
  rooms_unopened: {
    english: 'Rooms are still unopened.',
    message: 'Todavía hay salones sin abrir.',
    advice: 'Ábralos, o nómbrelos y diga por qué pueden seguir así.',
  },
  not_released: {
    english: 'The campus is not released.',
    message: 'El plantel no está liberado.',
    advice: 'Los salones se abren después de un todo despejado o un levantamiento escolar.',
  },
  no_incident: {
    english: 'Rosters open only in an incident, and none is open on this campus.',
    message: 'Las listas solo se abren durante un incidente, y en este plantel no hay ninguno abierto.',
    advice: 'Vuelva a mirar cuando lo haya.',
  },
  lift_disabled: {
    english: 'This district does not allow a school lift.',
    message: 'Este distrito no permite el levantamiento escolar.',
    advice: 'Pida a un oficial el todo despejado.',
  },
  same_person: {
    english: 'This takes two different people with two sign-ins.',
    message: 'Para esto hacen falta dos personas distintas con dos sesiones.',
    advice: 'Pida a otra persona que pueda que dé el segundo paso.',
  },
  proposal_void: {
    english: 'The proposal no longer stands: five minutes have passed, or something new has come in.',
    message: 'La propuesta ya no vale: pasaron cinco minutos, o llegó algo nuevo.',
    advice: 'Mire de nuevo y proponga de nuevo.',
  },
  not_yours: {
    english: 'Only its author may withdraw this.',
    message: 'Solo su autor puede retirar esto.',
    advice: 'Pídaselo a su autor, o descártelo con una razón.',
  },
  posture_not_normal: {
    english: 'The campus is not at normal.',
    message: 'El plantel no está en normal.',
    advice: 'Primero libere el plantel y reanude.',
  },
  pair_not_permitted: {
    english: 'These two are no permitted pair for contact.',
    message: 'Estas dos personas no son una pareja permitida para el contacto.',
    advice: 'Vayan SRO y SSO, SRO y administración, o SSO y administración: dos personas distintas.',
  },
  drill_running: {
    english: 'A drill is running already.',
    message: 'Ya hay un simulacro en curso.',
    advice: 'Termínelo primero.',
  },
  drill_over: {
    english: 'The drill is over. This is real.',
    message: 'El simulacro terminó. Esto es real.',
    advice: 'Haga lo que muestra la pantalla.',
  },
  version_conflict: {
    english: 'Somebody else has changed this since you read it.',
    message: 'Otra persona cambió esto desde que usted lo leyó.',
    advice: 'Léalo de nuevo y cambie lo que todavía haya que cambiar.',
  },
  head_unknown: {
    english: 'The head that you named is newer than what this instance knows.',
    message: 'La cabecera que nombró es más nueva que lo que conoce este servidor.',
    advice: 'Mire de nuevo el plantel e intente una vez más.',
  },
  journal_unavailable: {
    english: 'The record cannot be written now, so nothing can be lowered. Treat the campus as it is shown.',
    message: 'El registro no se puede escribir ahora, así que nada se puede levantar. Trate el plantel según lo que se muestra.',
    advice: 'Dígalo por radio, deje a la gente donde está e intente otra vez. Dar la alarma sigue funcionando.',
  },
  nothing_known: {
    english: 'This server started without its database, and knows nothing of the campus yet.',
    message: 'Este servidor arrancó sin su base de datos y todavía no sabe nada del plantel.',
    advice: 'Trátelo según lo último que se mostró y lo que diga la radio. Dar la alarma funciona; pregunte otra vez en un momento.',
  },
  too_many: {
    english: 'Too many things are named at once.',
    message: 'Se nombran demasiadas cosas a la vez.',
    advice: 'Nombre menos.',
  },
  too_many_wait: {
    english: 'As many officers as there may be wait here to be certified.',
    message: 'Aquí esperan ya tantos oficiales como puede haber por certificar.',
    advice: 'Certifique a los que esperan, o deje que venzan sus códigos, lo que tarda una hora.',
  },
  id_reused: {
    english: 'This command id was used for something else.',
    message: 'Este identificador de orden se usó para otra cosa.',
    advice: 'Envíelo con un identificador nuevo.',
  },
  slow_down: {
    english: 'Too many of these within ten seconds from you.',
    message: 'Demasiados envíos suyos como este en diez segundos.',
    advice: 'Los que se aceptaron ya llegaron. Espere un segundo antes del próximo.',
  },
  busy: {
    english: 'The campus has more to do than it can take on at once.',
    message: 'El plantel tiene más que hacer de lo que puede atender a la vez.',
    advice: 'Envíelo otra vez con el mismo identificador.',
  },
  bad_frame: {
    english: 'The message could not be understood.',
    message: 'El mensaje no se pudo entender.',
    advice: 'Revíselo según la descripción del protocolo; no se hizo nada.',
  },
  frame_too_large: {
    english: 'The message is too large: a frame may have 64 KiB, the body of a request 256 KiB.',
    message: 'El mensaje es demasiado grande: un mensaje puede tener 64 KiB; el cuerpo de una solicitud, 256 KiB.',
    advice: 'Envíe menos de una vez.',
  },
  picture_too_large: {
    english: 'The picture is larger than 5 MiB, or has more than 25 million pixels.',
    message: 'La foto pasa de 5 MiB o tiene más de 25 millones de píxeles.',
    advice: 'Envíe una más pequeña. El avistamiento sí llegó.',
  },
  picture_unreadable: {
    english: 'This is no whole JPEG or PNG picture. Nothing of it was kept.',
    message: 'Esto no es una foto JPEG o PNG completa. No se guardó nada de ella.',
    advice: 'Tómela otra vez, o envíela como JPEG o PNG. El avistamiento sí llegó.',
  },
  disk_low: {
    english: 'The server\'s disk is nearly full, and what is left is for alerts.',
    message: 'El disco del servidor está casi lleno, y lo que queda es para las alertas.',
    advice: 'Avise al operador. El avistamiento sí llegó, y dar la alarma sigue funcionando.',
  },
  not_found: {
    english: 'There is nothing at this address.',
    message: 'No hay nada en esta dirección.',
    advice: 'Revise la dirección.',
  },
  method_not_allowed: {
    english: 'This address does not take that method.',
    message: 'Esta dirección no acepta ese método.',
    advice: 'Revise la descripción del protocolo.',
  },
  wrong_origin: {
    english: 'The request comes from a page of another site.',
    message: 'La solicitud viene de una página de otro sitio.',
    advice: 'Abra la página propia de Lockstep.',
  },
  fault: {
    english: 'Something went wrong on our side.',
    message: 'Algo falló de nuestro lado.',
    advice: 'Envíelo otra vez con el mismo identificador; si sigue así, use la radio y avise al operador.',
  },
};
