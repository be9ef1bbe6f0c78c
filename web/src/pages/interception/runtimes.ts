/** How a program of a kind is led through the proxy, and made to trust the authority. */
export interface Runtime {
  name: string;
  title: string;
  steps: { text: string; code?: string }[];
  caveat?: string;
}

const FILE = "penstock-ca.pem";

/**
 * @param proxy the address of the proxy
 * @param origin of this server, which has the certificate
 */
export function steps(proxy: string, origin: string): Runtime[] {
  const fetched = {
    text: "Fetch the certificate, and compare its fingerprint with the one above.",
    code: `curl -o ${FILE} ${origin}/ca.pem\nopenssl x509 -in ${FILE} -noout -fingerprint -sha256`,
  };
  return [
    {
      name: "exec",
      title: "Any, on this machine",
      steps: [
        {
          text: "Run it by Penstock: it sets every proxy and trust variable for this program alone.",
          code: "./penstock exec -- COMMAND",
        },
      ],
      caveat: "Not for programs with pinned certificates, nor for what a container starts.",
    },
    {
      name: "curl",
      title: "curl",
      steps: [
        fetched,
        { text: "Name both.", code: `curl --proxy ${proxy} --cacert ${FILE} https://ADDRESS` },
      ],
    },
    {
      name: "node",
      title: "Node",
      steps: [
        fetched,
        {
          text: "Set the variables (Node 22.21, 24.5 and later follow NODE_USE_ENV_PROXY).",
          code: `HTTPS_PROXY=${proxy} NODE_USE_ENV_PROXY=1 NODE_EXTRA_CA_CERTS=${FILE} node app.js`,
        },
      ],
      caveat: "Before 22.21 Node follows no proxy variable: use ./penstock exec.",
    },
    {
      name: "python",
      title: "Python",
      steps: [
        fetched,
        {
          text: "Put it behind the system's roots, and name that file: it takes their place.",
          code: `cat /etc/ssl/certs/ca-certificates.crt ${FILE} > roots.pem`,
        },
        {
          text: "requests reads REQUESTS_CA_BUNDLE, the others SSL_CERT_FILE.",
          code: `HTTPS_PROXY=${proxy} REQUESTS_CA_BUNDLE=roots.pem SSL_CERT_FILE=roots.pem python app.py`,
        },
      ],
    },
    {
      name: "java",
      title: "Java",
      steps: [
        fetched,
        {
          text: "Make a copy of the JDK's trust store with it.",
          code:
            'cp "$JAVA_HOME/lib/security/cacerts" trust.p12\n' +
            `keytool -importcert -noprompt -alias penstock -file ${FILE} -keystore trust.p12 -storepass changeit`,
        },
        {
          text: "Name the trust store and the proxy.",
          code:
            "java -Djavax.net.ssl.trustStore=trust.p12 -Djavax.net.ssl.trustStorePassword=changeit \\\n" +
            `  -Dhttps.proxyHost=${new URL(proxy).hostname} -Dhttps.proxyPort=${new URL(proxy).port} -jar app.jar`,
        },
      ],
    },
    {
      name: "browser",
      title: "Browsers",
      steps: [
        { text: "Make a profile of its own for this, so that your own browsing is not read." },
        {
          text: "Chromium and Chrome on Linux read the profile's trust from the NSS database.",
          code:
            `certutil -d sql:$HOME/.pki/nssdb -A -t C,, -n penstock -i ${FILE}\n` +
            `chromium --user-data-dir=./profile --proxy-server=${proxy}`,
        },
        {
          text: "Firefox: Settings, Certificates, View Certificates, Authorities, Import; then Network Settings, manual proxy.",
        },
        {
          text: "Take the certificate away afterwards.",
          code: "certutil -d sql:$HOME/.pki/nssdb -D -n penstock",
        },
      ],
    },
  ];
}
