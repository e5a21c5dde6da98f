// Copyright: (c) 2026, the novafleet.compute authors
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// Command vcenter serves a simulated vCenter: govmomi's simulator, with what nova needs beyond it.
//
// usage: vcenter CONFIGURATION
package main

import (
	"crypto/tls"
	"encoding/json"
	"log"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"syscall"

	_ "github.com/vmware/govmomi/pbm/simulator"
	"github.com/vmware/govmomi/simulator"
	_ "github.com/vmware/govmomi/vapi/simulator"
)

// configuration is the content of the file named by the only argument.
type configuration struct {
	Listen          string   // host:port
	Names           []string // host names and addresses that the certificate is for
	Username        string
	Password        string
	Clusters        int
	HostsPerCluster int
	DatastoreGB     int64
	WSDL            string // path of vimService.wsdl
	Directory       string // keeps ca.pem, which verifies the server, its certificate and its private key
}

func read(path string) (*configuration, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	c := new(configuration)
	return c, json.Unmarshal(data, c)
}

// model builds the inventory: one data centre, the clusters in it, one datastore for them all.
func model(c *configuration) (*simulator.Model, error) {
	m := simulator.VPX()
	m.Cluster = c.Clusters
	m.ClusterHost = c.HostsPerCluster
	m.Host = 0
	m.Machine = 0
	if err := m.Create(); err != nil {
		return nil, err
	}
	addExtensionManager()
	sizeDatastores(c.DatastoreGB)
	return m, nil
}

func serve(c *configuration, m *simulator.Model, certificate tls.Certificate) *simulator.Server {
	s := m.Service
	s.Listen = &url.URL{Host: c.Listen, User: url.UserPassword(c.Username, c.Password)}
	s.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
	s.RegisterEndpoints = true
	s.HandleFunc("/sdk/vimService.wsdl", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/xml")
		http.ServeFile(w, r, c.WSDL)
	})
	server := s.NewServer()
	server.Config.Handler = forNova(server.Config.Handler)
	return server
}

func run(path string) error {
	c, err := read(path)
	if err != nil {
		return err
	}
	certificate, err := serverCertificate(c.Directory, c.Names)
	if err != nil {
		return err
	}
	m, err := model(c)
	if err != nil {
		return err
	}
	defer m.Remove()
	server := serve(c, m, certificate)
	defer server.Close()
	log.Printf("serving %d clusters at https://%s/sdk", c.Clusters, c.Listen)
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGINT, syscall.SIGTERM)
	<-stop
	return nil
}

func main() {
	if len(os.Args) != 2 {
		log.Fatal("usage: vcenter CONFIGURATION")
	}
	if err := run(os.Args[1]); err != nil {
		log.Fatal(err)
	}
}
