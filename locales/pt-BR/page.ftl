# The help page in Brazilian Portuguese. One message is one sentence, and one sentence is one idea.
# Readers: frightened, perhaps 75 years old, Brazilians living in Japan and their parents. "Você", everyday words, no blame, no jargon.
# `Backticks` mark a key of the keyboard. Everything else is plain text: no markup.

## About this language
# language-name: what its own speakers call it. language-html: the tag for programs (BCP 47). language-accepts: the tags
# of Accept-Language that mean it, with spaces between. language-space stands between two sentences, language-colon
# behind a label.

language-name = Português (Brasil)
language-html = pt-BR
language-accepts = pt-BR pt
language-space = { " " }
language-colon = { ": " }

## Top of the page

page-title-stopped = Um site perigoso foi barrado
page-title-help = Ajuda com alertas falsos na tela
notice = Uma mensagem da sua rede
language-choice = Idioma

stopped-heading = Um site perigoso foi barrado
stopped-from-network = Esta página vem da sua própria rede (a internet que você usa).
stopped-site = O site pode ser um golpe, por isso foi barrado antes de abrir.
stopped-own-heading = Este site não abre nesta rede
stopped-own-site = Quem cuida desta rede decidiu barrar este site.
not-stopped = O site que você queria abrir não está barrado no momento.
not-stopped-again = Se quiser abrir esse site, feche o navegador (como o Chrome ou o Safari), espere um minuto e tente de novo.

help-heading = Ajuda com alertas falsos na tela
help-from-network = Esta página de ajuda vem da sua própria rede (a internet que você usa).
help-fake = Um alerta que aparece de repente, fala de vírus e manda ligar para um número é falso.

device-fine = Muito provavelmente, está tudo bem com seu computador ou celular.
do-not-call = Não ligue para o número que apareceu na tela.
hang-up = Se você está falando com essas pessoas agora, desligue o telefone já.
hang-up-any-time = Pode desligar no meio da conversa, sem problema.
asks-nothing = Esta página nunca pede para você digitar nem pagar nada.

choose-heading = Qual é o seu caso?
choose-a = Só vi um alerta
choose-a-note = Não liguei, não instalei nada e não paguei nada
choose-b = Liguei, instalei alguma coisa ou paguei
choose-b-note = Basta uma dessas coisas

## A: only saw a warning

state-a-heading = Você só viu um alerta
state-a-fine = Se você só viu o alerta, muito provavelmente não precisa se preocupar.
state-a-close-this = Se o alerta já sumiu, é só fechar esta página e pronto.
state-a-close-that = Se o alerta ainda estiver na tela, tente os jeitos abaixo, um depois do outro.

close-windows = Computador com Windows
close-esc = Jeito 1: com a tecla `Esc`
close-esc-hold = Aperte a tecla `Esc`, no alto do teclado, à esquerda, e segure por 2 a 3 segundos.
close-esc-appears = Aparece um × no alto da tela, à direita.
close-esc-press = Clique nesse × com o mouse.
close-task = Jeito 2: se o jeito 1 não fechar o alerta
close-task-keys = Aperte as teclas `Ctrl`, `Alt` e `Delete` ao mesmo tempo.
close-task-open = Escolha “Gerenciador de Tarefas”.
close-task-browser = Na lista, clique com o botão direito do mouse no programa que abre as páginas da internet (como o Edge ou o Chrome).
close-task-end = Escolha “Finalizar tarefa”.
close-restart = Jeito 3: se o alerta ainda estiver na tela
close-restart-do = Reinicie o computador (ele desliga e liga de novo).
close-restart-power = Se não der para escolher “Reiniciar”, aperte e segure o botão de ligar até o computador desligar, e depois ligue de novo.
close-restart-no-restore = Se aparecer uma pergunta sobre restaurar as páginas, não restaure.
close-ask = Se não conseguir fechar, peça ajuda a alguém.
go-to-ask = Ver quem pode ajudar

close-others = Outros aparelhos
close-mac = Mac
close-mac-esc = Aperte a tecla `esc`, segure por 2 a 3 segundos e depois clique na bolinha vermelha, no alto, à esquerda.
close-mac-keys = Se não fechar, aperte `option`, `command` e `esc` ao mesmo tempo.
close-mac-quit = Na lista, escolha o seu navegador (como o Safari) e clique em “Forçar Encerrar”.
close-chromebook = Chromebook
close-chromebook-esc = Aperte a tecla `esc`, segure por 2 a 3 segundos e depois clique no ×, no alto, à direita.
close-chromebook-power = Se não fechar, aperte e segure o botão de ligar até o computador desligar.
close-chromebook-no-restore = Ligue de novo e não escolha “Restaurar”.
close-android = Celular ou tablet Android
close-android-list = Deslize o dedo da borda de baixo da tela para cima e pare, sem tirar o dedo, até aparecerem os aplicativos abertos.
close-android-button = Se houver um botão “□” ou “|||” embaixo, também dá para tocar nele.
close-iphone = iPhone ou iPad
close-iphone-list = Deslize o dedo da borda de baixo da tela para cima e pare no meio.
close-iphone-button = Se o aparelho tiver um botão redondo (o botão de Início), basta apertar esse botão duas vezes, bem rápido.
close-phone-swipe = Com o dedo, empurre o navegador (como o Chrome ou o Safari) para cima, até ele sair da tela.
close-phone-tab = Se a mesma tela voltar quando você abrir o navegador, veja todas as páginas abertas (abas ou guias) e toque no × daquela página.

follow-heading = Não faça o que a tela ou a pessoa ao telefone mandar
follow-install = Não baixe nem instale o programa que oferecerem.
follow-allow = Se mandarem apertar “Permitir” ou “Sim”, não aperte.

## B: called, installed something, or paid

state-b-heading = Você ligou, instalou alguma coisa ou pagou
state-b-common = Isso acontece com muita gente, e a culpa não é sua.
state-b-still = Ainda há coisas que você pode fazer.
first-heading = Primeiro
first-disconnect = Se você instalou alguma coisa, ou se mexeram no seu computador, desconecte o computador da internet.
do-not-answer = Se essas pessoas ligarem de novo, não atenda.
only-talked = Se você só conversou e não contou nada sobre você, muito provavelmente não precisa fazer mais nada.
only-talked-told = Se você passou seu nome, endereço, número do cartão ou uma senha, procure ajuda logo.
which-apply = Leia todas as partes abaixo que tenham a ver com o seu caso.
money-first = Se você pagou, faça primeiro as ligações das partes B2 a B4, e só depois verifique o computador.

installed-heading = Você instalou alguma coisa, ou mexeram no seu computador
installed-what = Pode ser um programa que deixa estranhos usarem o seu computador de longe (acesso remoto).
installed-disconnect = Desconecte o computador da internet.
installed-disconnect-how = Tire o cabo da internet ou desligue o Wi-Fi.
installed-scan = Passe o antivírus no computador inteiro.
installed-remove = Anote o nome do programa que você instalou e depois remova (desinstale) esse programa.
installed-after = Depois disso
installed-passwords = Troque suas senhas usando outro aparelho, como o celular.
installed-reset = Se puder, faça o computador voltar a ser como era quando novo (formatar).
installed-reset-care = Formatar apaga fotos e documentos, por isso fale antes com a polícia ou com alguém que entenda de computador.

card-heading = Você pagou com cartão de crédito
card-call = Ligue agora para a empresa do cartão.
card-number = O telefone está no verso do cartão ou na fatura do mês.
card-stop = Diga: “Sofri um golpe. Por favor, suspendam o pagamento.”

emoney-heading = Você pagou com dinheiro eletrônico ou cartão-presente
emoney-call = Fale agora com a empresa que emitiu o dinheiro eletrônico ou o cartão.
emoney-number = O contato está no verso do cartão ou no site oficial da empresa.
emoney-stop = Conte que sofreu um golpe e peça para suspenderem o pagamento.
emoney-relief = Pergunte se existe alguma forma de ajuda com o prejuízo.
emoney-keep = Não jogue os cartões fora.

bank-heading = Você pagou por transferência ou pelo site ou aplicativo do banco
bank-call = Ligue agora para o seu banco.
bank-number = Veja o telefone no cartão do banco ou na caderneta.
bank-stop = Diga: “Sofri um golpe. Por favor, suspendam a transferência.”
bank-check = Pergunte ao banco quanto dinheiro foi enviado de verdade.
bank-more = Em alguns casos, foi enviado mais dinheiro do que a pessoa tinha digitado.

evidence-heading = Guarde as provas
evidence-useful = As coisas abaixo ajudam na hora de falar com a polícia.
evidence-keep = Não apague nem jogue fora nada disso.
evidence-screen = A tela do alerta (basta uma foto tirada com o celular)
evidence-software = Qualquer coisa que mostre o nome do programa que você instalou
evidence-card = O registro de uso do seu cartão de crédito (a fatura)
evidence-emoney = Os cartões de dinheiro eletrônico que você comprou e os recibos

police-heading = Avise a polícia
police-call = Antes de ir, ligue para a delegacia mais próxima.
police-agree = Combine o dia e a hora, e pergunte o que levar.
police-go = Leve as provas à delegacia.

## Whom to ask

ask-heading = Quem pode ajudar você
ask-unsure = Se não tiver certeza de que estes números são verdadeiros, confirme com a família ou num posto policial perto de você.
ask-hours = Horário
ask-languages = Idiomas
ask-email = E-mail
ask-website = Site
ask-checked = Conferido em { $day } de { $month ->
    [1] janeiro
    [2] fevereiro
    [3] março
    [4] abril
    [5] maio
    [6] junho
    [7] julho
    [8] agosto
    [9] setembro
    [10] outubro
    [11] novembro
   *[12] dezembro
} de { $year }.
ask-police = Peça ajuda à polícia do lugar onde você mora.
ask-bank = Para falar com a empresa do cartão ou com o banco, ligue para o número que está no cartão ou na caderneta.
ask-family = Conte também para a família, os amigos, a escola ou o pessoal do trabalho.

language-ja = japonês
language-en = inglês
language-fr = francês
language-ko = coreano

## The help lines of help-lines.toml: who they are, what to ask them, when they answer

line-jp-police-advice-who = Telefone de orientação da polícia
line-jp-police-advice-for = Você acha que pode ter caído num golpe, ou já pagou.
line-jp-police-advice-hours = Dias úteis, durante o dia (o horário muda conforme a província)
line-jp-consumer-hotline-who = Telefone de ajuda ao consumidor (centro de defesa do consumidor da sua região)
line-jp-consumer-hotline-for = Problemas com um pagamento ou um contrato.
line-jp-consumer-hotline-hours = Nos dias úteis, o horário muda conforme o centro. Fins de semana e feriados: 10:00–16:00. Fecha no fim do ano e no Ano-Novo. Não dá para ligar de alguns telefones pela internet (telefones IP) nem de alguns celulares pré-pagos.
line-jp-ipa-who = Atendimento da IPA sobre segurança digital
line-jp-ipa-for = Você não consegue fechar o alerta, ou instalou alguma coisa.
line-jp-ipa-hours = 10:00–12:00 e 13:30–17:00 (menos nos fins de semana, nos feriados, no fim do ano e no Ano-Novo)
line-jp-police-list-who = Lista de delegacias e dos atendimentos da polícia para crimes na internet
line-jp-police-list-for = Para achar o telefone da delegacia mais próxima.
line-jp-police-list-hours = O site pode ser visto a qualquer hora
line-jp-police-emergency-who = Polícia (emergência)
line-jp-police-emergency-for = Você precisa de um policial agora mesmo.
line-jp-police-emergency-hours = 24 horas por dia
line-gb-report-fraud-who = Report Fraud (serviço do Reino Unido para denunciar golpes)
line-gb-report-fraud-for = Você sofreu um golpe (Inglaterra, País de Gales e Irlanda do Norte). Na Escócia, fale com a polícia escocesa (Police Scotland).
line-gb-report-fraud-hours = Veja no site
line-kr-police-who = Polícia Nacional da Coreia do Sul: central contra golpes por telefone e internet
line-kr-police-for = Você sofreu um golpe, ou desconfia de um golpe.
line-kr-police-hours = 24 horas por dia, todos os dias
line-fr-17cyber-who = 17Cyber (serviço público da França)
line-fr-17cyber-for = Você sofreu um golpe, ou desconfia de um golpe.
line-fr-17cyber-hours = 24 horas por dia, todos os dias

## Understanding it

scam-heading = Este é o “golpe do falso suporte técnico”
scam-warning = Enquanto você usa a internet, aparece de repente um alerta falso dizendo que há um vírus.
scam-noise = Às vezes há também um som alto ou uma voz.
scam-aim = O objetivo é assustar você, para que ligue para o número da tela.
scam-then = Na ligação, fazem você pagar por um “suporte” ou instalar um programa que dá a eles o controle do seu computador.
scam-always = O alerta aparece de qualquer jeito, com vírus ou sem vírus.
scam-logos = Podem usar a marca de empresas que existem, para parecer verdade.

cases-heading = Casos comuns
case-card = Caso 1: pagamento com cartão
case-card-alarm = Saiu um som alto do computador, e não dava para fechar a tela que mandava ligar.
case-card-remote = Ao telefone, disseram que iam olhar o computador; a pessoa instalou um programa de acesso remoto, como mandaram, e contou a eles o número que apareceu.
case-card-paid = A pessoa pagou com cartão de crédito para “tirar o vírus, com dois anos de suporte”.
case-emoney = Caso 2: pagamento com dinheiro eletrônico
case-emoney-alarm = Apareceu um alerta, e a pessoa ligou para a “central de suporte” que estava na tela.
case-emoney-asked = Por três anos de suporte, mandaram comprar 50 mil ienes em dinheiro eletrônico numa loja de conveniência.
case-emoney-paid = A pessoa comprou os cartões e contou os números deles por telefone.

how-heading = Como os golpistas agem
how-frighten = Assustam você com um alerta falso, sons e vozes.
how-sell = Pelo telefone, oferecem suporte pago ou um “programa de segurança”.
how-pay = Pedem cartão de crédito, cartão-presente, dinheiro eletrônico ou pagamento em loja de conveniência.
how-remote = Com o acesso remoto, podem se passar por você nas suas contas e transferir o seu dinheiro.

prevent-heading = O que fazer no dia a dia
prevent-update = Deixe sempre atualizados o sistema do computador (como o Windows) e os programas.
prevent-security = Use um antivírus.
prevent-talk = Quando aparecer um alerta de repente, fale com a família ou com um amigo antes de ligar para qualquer número.

see-heading = Veja e treine
see-note = Estas páginas, em japonês, são do JC3 (Centro Japonês de Controle do Crime Cibernético) e da IPA (Agência de Promoção da Tecnologia da Informação do Japão).
see-jc3-video = Vídeos que mostram como é o golpe (JC3)
see-jc3-column = Um texto sobre o golpe do falso suporte técnico (JC3)
see-ipa-column = Como não se deixar enganar por alertas falsos (IPA)
see-ipa-practice = Treine como fechar um alerta falso (IPA)
see-ipa-steps = Passo a passo para quando um alerta não fecha, para imprimir e guardar (IPA)

## About this page

about-heading = Sobre esta página
about-sekisho = Esta rede usa o “Sekisho” para manter você longe de golpes e de outros sites perigosos.
about-name = Nome do site barrado
about-lists = Listas em que ele aparece
about-operator = Quem cuida desta rede
about-contact = Contato
about-mistake = Se você acha que um site seguro foi barrado por engano, avise quem cuida desta rede.
about-mistake-anyone = Se você acha que um site seguro foi barrado por engano, avise quem montou esta rede: sua família, escola ou empresa.
about-caller = Se alguém ao telefone disser para você pedir a liberação do site, é golpe.
to-top = Voltar ao começo da página

## The other pages of the box

more-heading = O que mais você pode fazer aqui
more-practice = Treinar como fechar um alerta falso
more-practice-note = Leva cerca de um minuto, neste mesmo aparelho. Não há perigo nenhum.
more-record = Folha para a polícia ou a empresa do cartão
more-record-note = Para imprimir ou copiar à mão. Nada é enviado a lugar nenhum.
more-card = Passo a passo para imprimir e deixar ao lado do computador
more-card-note = Uma página e um cartãozinho.
more-unblock = Pedir a liberação deste site
more-help = Voltar à página de ajuda
say-in-japanese = Para dizer em japonês, ou para mostrar
close-your-device = Parece que o seu aparelho é este
close-this-device = Como fechar o alerta no seu aparelho

## Stopped for this device

lately-heading = Sites barrados neste aparelho na última hora
lately-note = Se o navegador mostrou um erro agora há pouco, o site pode estar nesta lista.
lately-all-devices = Aqui também podem aparecer sites de outros aparelhos da casa.
lately-none = Nenhum site foi barrado neste aparelho na última hora.
lately-when = { $minutes ->
    [0] há menos de um minuto
    [one] há { $minutes } minuto
   *[other] há { $minutes } minutos
}

## Practice

practice-title = Treino: como fechar um alerta falso
practice-what = Aqui você pode treinar como fechar um alerta falso que ocupa a tela inteira.
practice-safe = É só um treino: não acontece nada com o seu computador, e nada é enviado a lugar nenhum.
practice-ends = O treino acaba sozinho depois de um minuto, e você pode parar quando quiser.
practice-sound = Com som, como nos alertas dos golpistas
practice-start = Começar o treino
practice-no-script = O treino precisa do JavaScript, que está desligado aqui.
practice-read-instead = Em vez disso, você pode ler aqui o passo a passo.
practice-mark = TREINO
practice-not-real = Este não é um alerta de verdade.
practice-fake-heading = Atenção! Seu computador está com vírus!
practice-fake-call = Ligue agora para este número: 000-0000
practice-fake-lie = O alerta falso dos golpistas é assim, e tudo o que está escrito nele é mentira.
practice-stop = Parar o treino
practice-esc-hold = Aperte a tecla `Esc`, no alto do teclado, à esquerda, e segure até a tela ficar menor.
practice-esc-longer = É essa tecla mesmo. Agora segure a tecla `Esc` por mais tempo, de 2 a 3 segundos.
practice-close = Muito bem. Agora aperte o × que está no alto deste quadro, à direita.
practice-close-where = Num alerta dos golpistas, aperte o × do próprio navegador.
practice-touch-leave = Ponha o dedo na borda de baixo da tela, deslize devagar para cima e pare no meio.
practice-touch-apps = Quando aparecerem os aplicativos abertos, escolha esta página de novo.
practice-touch-button = Se houver um botão “□” ou “|||”, ou um botão redondo (o botão de Início), também dá para usar esse botão.
practice-touch-close = Muito bem. Num caso de verdade, empurre o navegador para cima com o dedo, até ele sair da tela. Aqui, toque no ×.
practice-done-heading = Você conseguiu
practice-done-esc = Você saiu da tela cheia com a tecla `Esc`.
practice-done-apps = Você saiu do alerta e voltou.
practice-done-close = Você apertou o ×.
practice-done-no-call = Você não ligou para o número da tela.
practice-over-heading = O minuto acabou
practice-over = Não aconteceu nada. Você pode tentar de novo quantas vezes quiser.
practice-left-heading = O treino terminou
practice-left = Você pode sair do alerta dos golpistas do mesmo jeito: ele não tem nenhum poder sobre você.
practice-again = Treinar de novo
practice-keys = Num computador com Windows, se a tecla `Esc` não resolver: aperte `Ctrl`, `Alt` e `Delete` ao mesmo tempo, escolha “Gerenciador de Tarefas” e feche o navegador por ali.
practice-keys-why = Isso não dá para treinar aqui, porque essas teclas abrem uma tela do próprio computador.

## Sheet for the police or the card company

record-title = Registro de um alerta falso
record-what = Leve esta folha com você, ou deixe a folha por perto na hora de ligar.
record-how = Você pode imprimir esta página ou copiar à mão.
record-known = O que esta rede sabe
record-made = Data e hora desta folha
record-name = Site barrado
record-lists = Listas em que ele aparece
record-when = Última vez que foi barrado
record-none = Não há nenhum site para pôr nesta folha.
record-write = O que você lembra
record-write-note = Deixe em branco o que não souber.
record-seen = Dia e hora em que o alerta apareceu
record-number = Telefone que estava na tela
record-caller = Nome e empresa que a pessoa disse ao telefone
record-installed = Programa instalado e números que você passou a eles
record-told = O que você contou a eles, como nome, endereço ou número do cartão (nunca escreva uma senha aqui, só a palavra “senha”)
record-paid = Como você pagou, a quem, quanto e quando
record-cards = Números dos cartões de dinheiro eletrônico ou cartões-presente
record-done = Para quem você já ligou
record-police = Nome e telefone do policial ou da pessoa que atendeu na empresa

## Steps to print

card-title = Quando um alerta toma conta da tela de repente
card-print = Você pode imprimir esta página. O cartãozinho do final é para recortar.
card-first = Tenha calma. O alerta é falso.
card-no-call = Não ligue para o número da tela.
card-close = Como fechar o alerta
card-if = Se você ligou, instalou alguma coisa ou pagou
card-if-hang-up = Desligue o telefone.
card-if-network = Desconecte o computador da internet.
card-if-call = Ligue para a empresa do cartão de crédito, para o banco ou para a empresa que emitiu o dinheiro eletrônico ou o cartão-presente.
card-if-police = Depois, peça orientação à polícia.
card-help-page = Página de ajuda desta rede
card-small = Cartãozinho para recortar
card-family = Telefone de alguém de confiança

## Asking for a site to be opened

unblock-title = Pedir a liberação de um site
unblock-name = Site que você quer liberar
unblock-who = Quem cuida desta rede vai ver o pedido e decidir.
unblock-not-here = Ninguém consegue liberar o site por esta tela, nem mesmo quem cuida da rede.
unblock-why-heading = Por que demora
unblock-why = Os golpistas costumam dizer ao telefone: “Aperte Permitir.”
unblock-why-delay = Um site barrado por suspeita de golpe continua fechado por algum tempo, mesmo depois que o pedido é aprovado.
unblock-delay = { $minutes ->
    [one] A espera é de 1 minuto.
   *[other] A espera é de { $minutes } minutos.
}
unblock-why-wait = Assim você tem tempo de desligar o telefone e conversar com alguém de confiança.
unblock-why-caller = Se alguém ao telefone mandou você apertar este botão, desligue agora.
unblock-button = Enviar o pedido
unblock-nothing = Você não precisa digitar nada, e ninguém fica sabendo mais do que o nome do site e o aparelho que fez o pedido.
unblock-which = Escolha o site que foi barrado.
unblock-not-blocked = Este site não está barrado neste aparelho.
unblock-taken-heading = O pedido foi enviado
unblock-taken = Quem cuida desta rede já pode ver o seu pedido.
unblock-taken-wait = Você não precisa fazer mais nada.
unblock-already = Este pedido já foi feito e está esperando resposta.
unblock-approved = Este site foi aprovado: vai abrir logo, ou já está aberto.
unblock-refused = Quem cuida desta rede decidiu manter este site fechado.
unblock-full = Há pedidos demais neste momento, por isso o seu não pôde ser enviado.
unblock-full-tell = Por favor, fale diretamente com quem cuida desta rede.
unblock-expired = Esta página ficou aberta tempo demais, e por isso o pedido não foi enviado.
unblock-again = Por favor, aperte o botão de novo.
