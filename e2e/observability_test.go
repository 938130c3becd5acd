package e2e

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/grafana/grafana-foundation-sdk/go/cog/plugins"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
)

// The files that daypass has for who operates it.
const (
	alertsFile    = "../deploy/prometheus/alerts.yml"
	alertTests    = "../deploy/prometheus/alerts_test.yml"
	dashboardFile = "../deploy/grafana/daypass.json"
	operations    = "../docs/operations.md"
)

func readFile(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// Prometheus takes the configuration and the rules, and each alert is raised where it has to be and is silent where all is
// well.
func TestAlertRules(t *testing.T) {
	t.Parallel()
	promtool := need(t, "promtool")
	for _, arguments := range [][]string{
		{"check", "rules", alertsFile}, {"check", "config", "../deploy/prometheus/prometheus.yml"}, {"test", "rules", alertTests},
	} {
		if output, err := exec.Command(promtool, arguments...).CombinedOutput(); err != nil {
			t.Errorf("promtool %s: %v\n%s", strings.Join(arguments, " "), err, output)
		}
	}
	tests, documented := readFile(t, alertTests), readFile(t, operations)
	for _, found := range regexp.MustCompile(`- alert: (\w+)`).FindAllStringSubmatch(readFile(t, alertsFile), -1) {
		name := found[1]
		if strings.Count(tests, "alertname: "+name+"\n        exp_alerts: []") != 1 || strings.Count(tests, "alertname: "+name+"\n        exp_alerts:\n") != 1 {
			t.Errorf("%s is not tested both raised and silent", name)
		}
		if !strings.Contains(documented, "`"+name+"`") {
			t.Errorf("%s says nothing of %s", operations, name)
		}
	}
}

// prometheus is a Prometheus that watches a server.
type prometheus struct {
	t       *testing.T
	address string
}

func startPrometheus(t *testing.T, target string) prometheus {
	t.Helper()
	path := need(t, "prometheus")
	dir := t.TempDir()
	rules, err := filepath.Abs(alertsFile)
	if err != nil {
		t.Fatal(err)
	}
	text := strings.NewReplacer("15s", "1s", "alerts.yml", rules, "127.0.0.1:9077", target).Replace(readFile(t, "../deploy/prometheus/prometheus.yml"))
	file := filepath.Join(dir, "prometheus.yml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	p := prometheus{t, freeAddress(t)}
	var stderr buffer
	command := exec.Command(path, "--config.file", file, "--storage.tsdb.path", filepath.Join(dir, "data"), "--web.listen-address", p.address)
	command.Stderr = &stderr
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = command.Process.Signal(os.Interrupt)
		_ = command.Wait() // the state it leaves says nothing
		if t.Failed() {
			t.Log(stderr.String())
		}
	})
	return p
}

// ask asks Prometheus's API.
func (p prometheus) ask(path string, parameters url.Values, data any) error {
	response, err := http.Get("http://" + p.address + path + "?" + parameters.Encode())
	if err != nil {
		return err
	}
	defer response.Body.Close()
	answer := struct {
		Status, Error string
		Data          any
	}{Data: data}
	text, err := io.ReadAll(response.Body)
	if err == nil {
		err = json.Unmarshal(text, &answer)
	}
	if err == nil && answer.Status != "success" {
		err = errors.New(response.Status + " " + answer.Error)
	}
	return err
}

// query returns how many series an expression has.
func (p prometheus) query(expression string) (series int, err error) {
	var data struct{ Result []json.RawMessage }
	err = p.ask("/api/v1/query", url.Values{"query": {expression}}, &data)
	return len(data.Result), err
}

func (p prometheus) has(expression string) bool {
	series, err := p.query(expression)
	return err == nil && series > 0
}

func (p prometheus) await(expression string) {
	p.t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(pause) {
		if p.has(expression) {
			return
		}
	}
	p.t.Fatalf("Prometheus has nothing for %s", expression)
}

// awaitSilence wants none of some alerts to be raised, or about to be.
func (p prometheus) awaitSilence(alerts string) {
	p.t.Helper()
	p.await(`absent(ALERTS{alertname=~"` + alerts + `"})`)
}

// checkDashboard wants Grafana's own types to know all that is in a dashboard, its panels and their queries.
func checkDashboard(text string) error {
	plugins.RegisterDefaultPlugins()
	//lint:ignore SA1019 the file has the form of Grafana 12 and before, which later ones read as well
	var d dashboard.Dashboard //nolint:staticcheck // likewise
	for _, check := range []func() error{func() error { return d.UnmarshalJSONStrict([]byte(text)) }, d.Validate} {
		if err := check(); err != nil && err.Error() != "" { // a list of errors that is empty is one, too
			return err
		}
	}
	return nil
}

func TestDashboard(t *testing.T) {
	t.Parallel()
	text := readFile(t, dashboardFile)
	if err := checkDashboard(text); err != nil {
		t.Error(err)
	}
	for _, misspelt := range [][2]string{
		{`"graphTooltip"`, `"graphTooltips"`},
		{`"gridPos"`, `"gridpos"`},
		{`"legendFormat"`, `"legend"`},
		{`"showLegend"`, `"legend"`},
		{`"unit": "s"`, `"unit": 1`},
		{`"showPoints"`, `"points"`},
	} {
		if !strings.Contains(text, misspelt[0]) || checkDashboard(strings.ReplaceAll(text, misspelt[0], misspelt[1])) == nil {
			t.Errorf("%s instead of %s is not noticed", misspelt[1], misspelt[0])
		}
	}
}

// dashboardExpressions are those of the panels.
func dashboardExpressions(t *testing.T) (expressions []string) {
	t.Helper()
	text := readFile(t, dashboardFile)
	var panels struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal([]byte(text), &panels); err != nil {
		t.Fatal(err)
	}
	known := strings.NewReplacer("$job", "daypass", "$instance", ".+", "$__rate_interval", "1m")
	for _, panel := range panels.Panels {
		for _, target := range panel.Targets {
			expression := known.Replace(target.Expr)
			if strings.Contains(expression, "$") {
				t.Errorf("%s asks for a variable that is not known: %s", panel.Title, expression)
			}
			expressions = append(expressions, expression)
		}
	}
	if len(expressions) < 30 {
		t.Errorf("%d expressions were found", len(expressions))
	}
	return expressions
}

var metricName = regexp.MustCompile(`\b(?:daypass|go|process)_[a-z_]+`)

// TestPrometheus has a real Prometheus watch a server. All that the rules, the dashboard and the documentation name has to be
// there, and the other way round: what is there has to be documented.
func TestPrometheus(t *testing.T) {
	t.Parallel()
	need(t, "prometheus")
	siem, archive := newWebhook(t), newWebhook(t)
	s, alice := startObserved(t, siem, archive)
	p := startPrometheus(t, s.operations)
	p.await(`daypass_requests_total{job="daypass",service="sts",action="GetSessionToken",outcome="success"} > 0`)

	var names []string
	if err := p.ask("/api/v1/label/__name__/values", nil, &names); err != nil {
		t.Fatal(err)
	}
	expressions := dashboardExpressions(t)
	for _, expression := range expressions {
		if _, err := p.query(expression); err != nil {
			t.Errorf("%s: %v", expression, err)
		}
	}
	documented := readFile(t, operations)
	for what, text := range map[string]string{"the dashboard": strings.Join(expressions, "\n"), "the rules": readFile(t, alertsFile)} {
		for _, name := range metricName.FindAllString(text, -1) {
			if !slices.Contains(names, name) {
				t.Errorf("%s uses %s, which the server does not have", what, name)
			}
		}
	}
	ending := regexp.MustCompile(`_(bucket|sum|count)$`)
	for _, name := range names {
		if strings.HasPrefix(name, "daypass_") && !strings.Contains(documented, "`"+ending.ReplaceAllString(name, "")) {
			t.Errorf("%s says nothing of %s", operations, name)
		}
	}
	for _, name := range regexp.MustCompile("`(daypass_[a-z_]+)").FindAllStringSubmatch(documented, -1) {
		if !slices.Contains(names, name[1]) && !slices.Contains(names, name[1]+"_bucket") {
			t.Errorf("%s speaks of %s, which the server does not have", operations, name[1])
		}
	}
	p.checkRules()
	p.await(`daypass_audit_sink_lines_total{sink="siem"} > 0`)
	p.await(`daypass_audit_sink_lines_total{sink="archive"} > 0`)

	// Somebody has alice's access key, and guesses.
	for range 6 {
		_, err := s.sts(alice.credentials).GetSessionToken(t.Context(), &sts.GetSessionTokenInput{SerialNumber: &alice.serial, TokenCode: aws.String("000000")})
		wantRefusal(t, err, "AccessDenied", wrongCodeText)
	}
	p.await(`ALERTS{alertname="DaypassDeviceWaits",alertstate="firing"}`)
	const wrong = "DaypassDown|DaypassAuditLogBroken|DaypassDatabaseFaults|DaypassKeyOld"
	p.awaitSilence(wrong + "|DaypassNotReady|DaypassAuditSink.*")

	// The sinks fail, first the one that may miss lines.
	fail := func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) }
	archive.does(fail)
	s.askUntil(func(err error) bool {
		if err != nil {
			t.Fatalf("requests are refused because of a sink that may miss lines: %v", err)
		}
		return p.has(`ALERTS{alertname="DaypassAuditSinkMissesLines",sink="archive",alertstate="firing"}`)
	})
	p.awaitSilence(wrong + "|DaypassNotReady|DaypassAuditSinkRefuses")
	siem.does(fail)
	s.askUntil(func(err error) bool { return err != nil })
	p.await(`ALERTS{alertname="DaypassAuditSinkRefuses",sink="siem",alertstate="firing"}`)
	p.await(`ALERTS{alertname="DaypassAuditSinkBehind",sink="siem",alertstate="firing"}`)
	p.awaitSilence(wrong)
	siem.does(nil)
	p.await(`daypass_audit_sink_refusing{sink="siem"} == 0`)
	p.awaitSilence("DaypassAuditSinkRefuses")
}

// askUntil sends requests until one has ended as it should.
func (s *server) askUntil(ended func(error) bool) {
	s.t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		if _, err := s.sts(s.root).GetCallerIdentity(s.t.Context(), &sts.GetCallerIdentityInput{}); ended(err) {
			return
		}
	}
	s.t.Fatal("requests are answered as before")
}

// startObserved starts a server that has done some of everything that it counts.
func startObserved(t *testing.T, siem, archive *webhook) (*server, user) {
	t.Helper()
	backend := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/x-amz-json-1.0")
		_, _ = io.WriteString(w, `{"TableNames":[]}`)
	}))
	t.Cleanup(backend.Close)
	file := filepath.Join(t.TempDir(), "daypass.yaml")
	text := "gateway:\n  upstreams:\n    dynamodb: {url: '" + backend.URL + "', region: " + region + ", credentials: {env: BACKEND}}\n" +
		"    sqs: {url: 'http://" + freeAddress(t) + "', region: " + region + ", credentials: {env: BACKEND}}\n" +
		"audit:\n  sinks:\n    - {webhook: {url: '" + siem.server.URL + "'}, name: siem, maxLag: {size: 256KiB}}\n" +
		"    - {webhook: {url: '" + archive.server.URL + "'}, name: archive, maxLag: {size: 4KiB}, onFailure: drop}\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	s := start(t, config{Refuses: true, Environment: []string{
		"DAYPASS_CONFIG=" + file, "BACKEND_ACCESS_KEY_ID=AKIABACKENDBACKENDBA", "BACKEND_SECRET_ACCESS_KEY=the-secret-of-the-backend",
	}})
	s.secret("the secret for the backend", "the-secret-of-the-backend")
	ctx := t.Context()
	alice := enrol(t, s, "alice")
	answer, err := s.sts(alice.credentials).GetSessionToken(ctx, &sts.GetSessionTokenInput{SerialNumber: &alice.serial, TokenCode: &alice.code})
	if err != nil {
		t.Fatal(err)
	}
	s.credentialsOf(answer.Credentials)

	config := aws.Config{Region: region, Credentials: s.root.provider(), BaseEndpoint: aws.String(s.endpoint), RetryMaxAttempts: 1}
	if _, err := dynamodb.NewFromConfig(config).ListTables(ctx, &dynamodb.ListTablesInput{}); err != nil {
		t.Fatal(err)
	}
	if _, err := sqs.NewFromConfig(config).ListQueues(ctx, &sqs.ListQueuesInput{}); err == nil {
		t.Fatal("a backend that is not there has answered")
	}
	return s, alice
}

// checkRules wants every rule to have been evaluated without an error.
func (p prometheus) checkRules() {
	p.t.Helper()
	var data struct {
		Groups []struct {
			Rules []struct{ Name, Health, LastError string }
		}
	}
	for deadline := time.Now().Add(patience); ; time.Sleep(pause) {
		if err := p.ask("/api/v1/rules", nil, &data); err != nil {
			p.t.Fatal(err)
		}
		unknown := 0
		for _, group := range data.Groups {
			for _, rule := range group.Rules {
				switch rule.Health {
				case "ok":
				case "unknown": // not evaluated yet
					unknown++
				default:
					p.t.Fatalf("%s: %s", rule.Name, rule.LastError)
				}
			}
		}
		if len(data.Groups) > 0 && unknown == 0 {
			return
		}
		if time.Now().After(deadline) {
			p.t.Fatalf("the rules are not evaluated: %+v", data)
		}
	}
}
