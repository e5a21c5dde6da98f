// Copyright: (c) 2026, the novafleet.compute authors
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

const (
	validity = 10 * 365 * 24 * time.Hour
	// A certificate that ends sooner is made anew at the next start.
	renewal = 30 * 24 * time.Hour
)

// serverCertificate returns the certificate kept in directory, if ca.pem there verifies it for all names,
// or makes a new authority, whose own key is forgotten, and a certificate by it.
func serverCertificate(directory string, names []string) (tls.Certificate, error) {
	caPath := filepath.Join(directory, "ca.pem")
	certificatePath, keyPath := filepath.Join(directory, "server.pem"), filepath.Join(directory, "server.key")
	certificate, err := tls.LoadX509KeyPair(certificatePath, keyPath)
	if err == nil && verifies(caPath, certificate, names) {
		return certificate, nil
	}
	caPEM, certificatePEM, keyPEM, err := newCertificate(names)
	if err != nil {
		return tls.Certificate{}, err
	}
	if err := write(keyPath, keyPEM, 0o600); err != nil {
		return tls.Certificate{}, err
	}
	if err := write(certificatePath, certificatePEM, 0o644); err != nil {
		return tls.Certificate{}, err
	}
	if err := write(caPath, caPEM, 0o644); err != nil {
		return tls.Certificate{}, err
	}
	return tls.X509KeyPair(certificatePEM, keyPEM)
}

func verifies(caPath string, certificate tls.Certificate, names []string) bool {
	data, err := os.ReadFile(caPath)
	if err != nil {
		return false
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(data)
	leaf, err := x509.ParseCertificate(certificate.Certificate[0])
	if err != nil {
		return false
	}
	for _, name := range names {
		options := x509.VerifyOptions{DNSName: name, Roots: roots, CurrentTime: time.Now().Add(renewal)}
		if _, err := leaf.Verify(options); err != nil {
			return false
		}
	}
	return true
}

// write replaces a file in one step, so that no reader sees half of it.
func write(path string, data []byte, mode os.FileMode) error {
	if err := os.WriteFile(path+".new", data, mode); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

func newCertificate(names []string) (caPEM, certificatePEM, keyPEM []byte, err error) {
	caKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, nil, err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, nil, err
	}
	authority := template("novafleet sandbox CA")
	authority.IsCA = true
	authority.BasicConstraintsValid = true
	authority.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign
	authorityDER, err := x509.CreateCertificate(rand.Reader, authority, authority, caKey.Public(), caKey)
	if err != nil {
		return nil, nil, nil, err
	}
	if authority, err = x509.ParseCertificate(authorityDER); err != nil {
		return nil, nil, nil, err
	}
	leafDER, err := x509.CreateCertificate(rand.Reader, leaf(names), authority, key.Public(), caKey)
	if err != nil {
		return nil, nil, nil, err
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, nil, nil, err
	}
	return encode("CERTIFICATE", authorityDER), encode("CERTIFICATE", leafDER), encode("PRIVATE KEY", keyDER), nil
}

func template(name string) *x509.Certificate {
	return &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()),
		Subject:      pkix.Name{CommonName: name},
		// A clock a little behind ours shall accept it too.
		NotBefore: time.Now().Add(-time.Hour),
		NotAfter:  time.Now().Add(validity),
	}
}

func leaf(names []string) *x509.Certificate {
	c := template(names[0])
	c.KeyUsage = x509.KeyUsageDigitalSignature
	c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	for _, name := range names {
		if address := net.ParseIP(name); address != nil {
			c.IPAddresses = append(c.IPAddresses, address)
		} else {
			c.DNSNames = append(c.DNSNames, name)
		}
	}
	return c
}

func encode(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}
