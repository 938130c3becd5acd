package e2e

import (
	"fmt"
	"io"
	"net/http"
)

// get asks for an address as a browser does, with nothing but it.
func (g *storage) get(address string) (status int, body string) {
	g.t.Helper()
	request, err := http.NewRequestWithContext(g.t.Context(), http.MethodGet, address, http.NoBody)
	if err != nil {
		g.t.Fatal(err)
	}
	return g.do(request)
}

// do sends a request.
func (g *storage) do(request *http.Request) (status int, body string) {
	g.t.Helper()
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		g.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		g.t.Error(err)
	}
	g.said(fmt.Sprint(response.Header))
	return response.StatusCode, g.said(string(text))
}
