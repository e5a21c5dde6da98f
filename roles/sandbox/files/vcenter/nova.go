// Copyright: (c) 2026, the novafleet.compute authors
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

package main

import (
	"bytes"
	"io"
	"net/http"
	"regexp"
	"sync"
	"time"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/simulator/vpx"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// ExtensionManager is missing in the simulator; nova looks for "org.openstack.compute" and registers it.
type ExtensionManager struct {
	mo.ExtensionManager
	mu sync.Mutex
}

func addExtensionManager() {
	m := new(ExtensionManager)
	m.Self = *vpx.ServiceContent.ExtensionManager
	simulator.Map.Put(m)
}

// FindExtension implements the method of the vSphere API by that name.
func (m *ExtensionManager) FindExtension(req *types.FindExtension) soap.HasFault {
	m.mu.Lock()
	defer m.mu.Unlock()
	return &methods.FindExtensionBody{Res: &types.FindExtensionResponse{Returnval: m.find(req.ExtensionKey)}}
}

// RegisterExtension implements the method of the vSphere API by that name.
func (m *ExtensionManager) RegisterExtension(req *types.RegisterExtension) soap.HasFault {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.find(req.Extension.Key) != nil {
		fault := &types.InvalidArgument{InvalidProperty: "extension.key"}
		return &methods.RegisterExtensionBody{Fault_: simulator.Fault("", fault)}
	}
	extension := req.Extension
	extension.LastHeartbeatTime = time.Now()
	m.ExtensionList = append(m.ExtensionList, extension)
	return &methods.RegisterExtensionBody{Res: &types.RegisterExtensionResponse{}}
}

func (m *ExtensionManager) find(key string) *types.Extension {
	for i := range m.ExtensionList {
		if m.ExtensionList[i].Key == key {
			found := m.ExtensionList[i]
			return &found
		}
	}
	return nil
}

// sizeDatastores gives each datastore a type that nova takes (VMFS, NFS, NFS41, vsan) and a size;
// the simulator's have the type OTHER and none.
func sizeDatastores(gigabytes int64) {
	for _, object := range simulator.Map.All("Datastore") {
		summary := &object.(*simulator.Datastore).Summary
		summary.Type = "VMFS"
		summary.Capacity = gigabytes << 30
		summary.FreeSpace = summary.Capacity / 10 * 9
		summary.Accessible = true
		summary.MaintenanceMode = "normal"
	}
}

// What a real vCenter accepts from nova and Go's decoder does not.
var (
	// suds sends times without a zone.
	timeWithoutZone = regexp.MustCompile(`>(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?)<`)
	// nova computes a capacity by division, so that a whole number arrives as a float.
	floatCapacity = regexp.MustCompile(`>(\d+)\.0</(\w+):capacity`)
	// With a service ticket nova would upload to the ESX host, whose simulated name does not resolve;
	// without one it uploads to vCenter.
	ticket       = []byte("AcquireGenericServiceTicket>")
	ticketDenied = []byte("AcquireGenericServiceTicketDenied>")
)

// forNova mends nova's requests on their way to the simulator.
func forNova(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost && (r.URL.Path == "/sdk" || r.URL.Path == "/sdk/vimService") {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				http.Error(w, err.Error(), http.StatusBadRequest)
				return
			}
			body = timeWithoutZone.ReplaceAll(body, []byte(">${1}Z<"))
			body = floatCapacity.ReplaceAll(body, []byte(">${1}</${2}:capacity"))
			body = bytes.ReplaceAll(body, ticket, ticketDenied)
			r.Body = io.NopCloser(bytes.NewReader(body))
			r.ContentLength = int64(len(body))
		}
		next.ServeHTTP(w, r)
	})
}
