# The page for installing and removing the root certificate, for whoever looks after the devices of a network. A language
# without this file shows it in English. Names of menus are written as systems write them.

cert-title = Certificado raiz desta rede
cert-who = Esta página é para quem cuida desta rede e dos aparelhos dela.
cert-caller = Se alguém ao telefone mandou você abrir esta página, desligue o telefone já: é golpe.
cert-what = Com este certificado, o aparelho mostra a página de ajuda também quando um link barrado começa com https://.
cert-risk = Quem conseguir a chave deste certificado poderá se passar por quase qualquer site nos aparelhos que confiam nele.
cert-need = Nenhum aparelho precisa deste certificado para estar protegido.
cert-compare-heading = Primeiro, compare a impressão digital do certificado
cert-compare = Confira se a impressão digital que o aparelho mostra é igual à desta página, e se a desta página é igual à que o comando “sekisho ca show” mostra no próprio equipamento do Sekisho.
cert-compare-windows = No Windows, a janela do certificado mostra só outra impressão digital, mais curta; para ver esta, abra o Terminal na pasta de root.der e execute “certutil -hashfile root.der SHA256”.
cert-fingerprint = Impressão digital (SHA-256)
cert-files = Arquivos
cert-install = Instalar
cert-remove = Remover

cert-windows = Windows (Chrome, Edge)
cert-windows-install-1 = Abra root.der e escolha “Instalar Certificado…” e depois “Máquina Local”.
cert-windows-install-2 = Escolha “Colocar todos os certificados no repositório a seguir”, depois “Procurar…” e “Autoridades de Certificação Raiz Confiáveis”.
cert-windows-remove = Execute certlm.msc, abra “Autoridades de Certificação Raiz Confiáveis” e “Certificados”, e exclua o certificado ali.

cert-mac = macOS (Safari, Chrome)
cert-mac-install-1 = Abra root.pem com o “Acesso às Chaves” e escolha o conjunto de chaves “Sistema”.
cert-mac-install-2 = Abra o certificado na lista, depois “Confiar”, e escolha “Confiar Sempre”.
cert-mac-remove = Apague o certificado no “Acesso às Chaves”, no conjunto de chaves “Sistema”.

cert-iphone = iPhone e iPad
cert-iphone-install-1 = Abra root.mobileconfig no Safari e permita o download; depois, abra “Ajustes”, “Perfil Baixado” e “Instalar”.
cert-iphone-install-2 = Abra “Ajustes”, “Geral”, “Sobre”, “Certificados Confiáveis” e ative o certificado.
cert-iphone-remove = Abra “Ajustes”, “Geral”, “VPN e Gerenciamento de Dispositivo”, escolha o perfil e toque em “Remover Perfil”.

cert-android = Android (Chrome)
cert-android-install-1 = Baixe root.pem e, nas configurações, pesquise “Certificado de CA”.
cert-android-install-2 = Escolha “Instalar assim mesmo” e depois o arquivo. A partir daí, o Android avisa que a rede pode ser monitorada.
cert-android-remove = Nas configurações, pesquise “Credenciais confiáveis”, abra “Usuário”, escolha o certificado e remova-o.

cert-firefox = Firefox
cert-firefox-install-1 = Abra “Configurações”, “Privacidade e Segurança”, “Gerenciar certificados”, “Autoridades”, “Importar…” e escolha root.pem.
cert-firefox-install-2 = Marque “Confiar nesta CA para identificar sites”.
cert-firefox-remove = Escolha o certificado na mesma lista e clique em “Excluir ou deixar de confiar…”.

cert-managed = Aparelhos administrados por uma organização
cert-managed-install-1 = Distribua root.der por Política de Grupo ou pelo Intune, root.mobileconfig por MDM, e root.pem pelo Google Admin ou pelas políticas do Firefox.
cert-managed-install-2 = Conte isso às pessoas que usam esses aparelhos.
cert-managed-remove = Retire o certificado pelo mesmo meio usado para distribuí-lo.
