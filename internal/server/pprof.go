package server

import (
	"fmt"
	"net"
	"net/http"
	"net/http/pprof"
	"net/netip"
)

// checkPprofListen wants an address of this machine itself, not a name that somebody else may give another meaning.
func checkPprofListen(address string) error {
	if address == "" {
		return nil
	}
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("the address for profiles: %w", err)
	}
	if ip, err := netip.ParseAddr(host); err != nil || !ip.IsLoopback() {
		return fmt.Errorf("profiles show what the process is doing: their address must be such as 127.0.0.1:6060 or [::1]:6060, not %q", address)
	}
	return nil
}

// pprofHandler serves Go's profiles below /debug/pprof/. It leaves out the command line, in which the password of the database
// may be.
func pprofHandler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// A page in a browser on this machine reaches it under a name of its own, which leads here.
		if address, err := netip.ParseAddrPort(r.Host); err != nil || !address.Addr().IsLoopback() {
			http.Error(w, "profiles are for an address of this machine itself", http.StatusForbidden)
			return
		}
		mux.ServeHTTP(w, r)
	})
}
