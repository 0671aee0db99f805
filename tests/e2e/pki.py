"""Certificates for a test, made when it runs with the openssl program; nothing of them is kept."""
import os
import subprocess


class Pki:
    """Files in one folder, by name: NAME.pem (certificate), NAME.key, NAME.chain (certificate, those
    of the CAs in between, key). A CA is an end entity's issuer or another CA's."""

    def __init__(self, folder):
        self.folder = folder
        os.makedirs(folder, mode=0o700, exist_ok=True)
        self._issuer = {}

    def path(self, file):
        return os.path.join(self.folder, file)

    def text(self, file):
        with open(self.path(file)) as opened:
            return opened.read()

    def ca(self, name, issuer=None):
        self._make(name, issuer, "CN=%s CA" % name, ["basicConstraints=critical,CA:TRUE",
                                                     "keyUsage=critical,keyCertSign,cRLSign"], 2048, 30)

    def issue(self, name, issuer, san=None, bits=2048, days=30, padding=0):
        """An end entity's; days=0: it expires in the second in which it is made. padding: octets
        that only make it large."""
        lines = ["keyUsage=critical,digitalSignature"]
        lines += ["subjectAltName=" + san] if san else []
        lines += ["1.3.6.1.4.1.32473.1=DER:%s" % ":".join(["00"] * padding)] if padding else []
        self._make(name, issuer, "CN=" + name, lines, bits, days)
        chain, at = self.text(name + ".pem"), issuer
        while self._issuer.get(at):
            chain += self.text(at + ".pem")
            at = self._issuer[at]
        with open(self.path(name + ".chain"), "w") as file:
            file.write(chain + self.text(name + ".key"))
        return self.path(name + ".chain")

    def p12(self, name, password, *cas):
        """NAME.p12 with the key, the certificate and those of these CAs; its path."""
        with open(self.path("cas"), "w") as file:
            file.write("".join(self.text(ca + ".pem") for ca in cas))
        self._openssl("pkcs12", "-export", "-in", name + ".pem", "-inkey", name + ".key", "-certfile", "cas",
                      "-out", name + ".p12", "-passout", "pass:" + password)
        return self.path(name + ".p12")

    def _make(self, name, issuer, cn, lines, bits, days):
        with open(self.path("ext"), "w") as file:
            file.write("\n".join(lines) + "\n")
        self._openssl("req", "-new", "-newkey", "rsa:%d" % bits, "-nodes", "-keyout", name + ".key",
                      "-out", "csr", "-subj", "/C=JP/O=Office/" + cn)
        signer = ["-CA", issuer + ".pem", "-CAkey", issuer + ".key", "-CAcreateserial"] if issuer else \
                 ["-signkey", name + ".key"]
        self._openssl("x509", "-req", "-sha256", "-in", "csr", "-days", str(days), "-extfile", "ext",
                      "-out", name + ".pem", *signer)
        self._issuer[name] = issuer

    def _openssl(self, *words):
        subprocess.run(["openssl", *words], cwd=self.folder, check=True, stdout=subprocess.PIPE,
                       stderr=subprocess.STDOUT)
