package certs

// Look is what Keep does now and then.
func (f *Files) Look() { f.look() }

// Ready has a host have a certificate.
func (a *ACME) Ready(name string) { a.ready[name].Store(true) }
