"""The same sentences in seven languages that share a script."""

from __future__ import annotations

SENTENCES = {
    "en": """The train to the coast leaves at half past six.
My sister has been working in the hospital for three years.
Could you please open the window?
We bought bread, cheese and two bottles of water.
I have never seen such a beautiful garden.
The children are playing behind the house.
Tomorrow it will rain in the whole country.
He forgot his umbrella on the bus again.
What time does the museum close on Sundays?
They want to learn how to cook this summer.
The old man read the newspaper in the kitchen.
Nobody knows who wrote this letter.""",
    "fr": """Le train pour la côte part à six heures et demie.
Ma sœur travaille à l'hôpital depuis trois ans.
Pourriez-vous ouvrir la fenêtre, s'il vous plaît ?
Nous avons acheté du pain, du fromage et deux bouteilles d'eau.
Je n'ai jamais vu un aussi beau jardin.
Les enfants jouent derrière la maison.
Demain, il pleuvra dans tout le pays.
Il a encore oublié son parapluie dans le bus.
À quelle heure ferme le musée le dimanche ?
Ils veulent apprendre à cuisiner cet été.
Le vieil homme lisait le journal dans la cuisine.
Personne ne sait qui a écrit cette lettre.""",
    "de": """Der Zug an die Küste fährt um halb sieben ab.
Meine Schwester arbeitet seit drei Jahren im Krankenhaus.
Könnten Sie bitte das Fenster öffnen?
Wir haben Brot, Käse und zwei Flaschen Wasser gekauft.
Ich habe noch nie einen so schönen Garten gesehen.
Die Kinder spielen hinter dem Haus.
Morgen wird es im ganzen Land regnen.
Er hat seinen Regenschirm schon wieder im Bus vergessen.
Um wie viel Uhr schließt das Museum am Sonntag?
Sie wollen in diesem Sommer kochen lernen.
Der alte Mann las in der Küche die Zeitung.
Niemand weiß, wer diesen Brief geschrieben hat.""",
    "es": """El tren a la costa sale a las seis y media.
Mi hermana trabaja en el hospital desde hace tres años.
¿Podría abrir la ventana, por favor?
Compramos pan, queso y dos botellas de agua.
Nunca he visto un jardín tan hermoso.
Los niños juegan detrás de la casa.
Mañana lloverá en todo el país.
Otra vez olvidó su paraguas en el autobús.
¿A qué hora cierra el museo los domingos?
Quieren aprender a cocinar este verano.
El anciano leía el periódico en la cocina.
Nadie sabe quién escribió esta carta.""",
    "it": """Il treno per la costa parte alle sei e mezza.
Mia sorella lavora in ospedale da tre anni.
Potrebbe aprire la finestra, per favore?
Abbiamo comprato pane, formaggio e due bottiglie d'acqua.
Non ho mai visto un giardino così bello.
I bambini giocano dietro la casa.
Domani pioverà in tutto il paese.
Ha dimenticato di nuovo l'ombrello sull'autobus.
A che ora chiude il museo la domenica?
Vogliono imparare a cucinare quest'estate.
Il vecchio leggeva il giornale in cucina.
Nessuno sa chi ha scritto questa lettera.""",
    "pt": """O comboio para a costa parte às seis e meia.
A minha irmã trabalha no hospital há três anos.
Poderia abrir a janela, por favor?
Comprámos pão, queijo e duas garrafas de água.
Nunca vi um jardim tão bonito.
As crianças estão a brincar atrás da casa.
Amanhã vai chover em todo o país.
Ele esqueceu-se outra vez do guarda-chuva no autocarro.
A que horas fecha o museu aos domingos?
Eles querem aprender a cozinhar neste verão.
O velho lia o jornal na cozinha.
Ninguém sabe quem escreveu esta carta.""",
    "nl": """De trein naar de kust vertrekt om half zeven.
Mijn zus werkt al drie jaar in het ziekenhuis.
Zou u het raam open kunnen doen, alstublieft?
We hebben brood, kaas en twee flessen water gekocht.
Ik heb nog nooit zo'n mooie tuin gezien.
De kinderen spelen achter het huis.
Morgen gaat het in het hele land regenen.
Hij heeft zijn paraplu alweer in de bus laten liggen.
Hoe laat sluit het museum op zondag?
Ze willen deze zomer leren koken.
De oude man las de krant in de keuken.
Niemand weet wie deze brief geschreven heeft.""",
}


def pairs_in(source: str, target: str) -> list[tuple[str, str]]:
    """Return the sentences in two languages, given by their codes."""
    return list(zip(SENTENCES[source].splitlines(), SENTENCES[target].splitlines(), strict=True))
