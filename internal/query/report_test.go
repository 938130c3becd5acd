package query_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/query"
)

const arnPattern = `[\u0009\u000A\u000D\u0020-\u007E\u0085\u00A0-\uD7FF\uE000-\uFFFD\u10000-\u10FFFF]+`

// Inputs with the constraints of AWS's model.
type (
	modelTag struct {
		Key   string `required:"true" minlen:"1" maxlen:"128" pattern:"[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+"`
		Value string `required:"true" minlen:"0" maxlen:"256" pattern:"[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*"`
	}
	assumeRoleInput struct {
		RoleArn           string     `required:"true" minlen:"20" maxlen:"2048" pattern:"[\\u0009\\u000A\\u000D\\u0020-\\u007E\\u0085\\u00A0-\\uD7FF\\uE000-\\uFFFD\\u10000-\\u10FFFF]+"`
		RoleSessionName   string     `required:"true" minlen:"2" maxlen:"64" pattern:"[\\w+=,.@-]*"`
		DurationSeconds   int32      `min:"900" max:"43200"`
		Policy            *string    `minlen:"1" pattern:"[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+"`
		Tags              []modelTag `maxitems:"50"`
		TransitiveTagKeys []string   `maxitems:"50" minlen:"1" maxlen:"128" pattern:"[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+"`
	}
	getWebIdentityTokenInput struct {
		Audience         []string `required:"true" minitems:"1" maxitems:"10" minlen:"1" maxlen:"1000"`
		SigningAlgorithm string   `required:"true" enum:"RS256,ES384"`
		Limits           []int32  `min:"1" max:"5"`
	}
	assumeRootInput struct {
		TaskPolicyArn struct {
			Arn string `wire:"arn" required:"true" minlen:"20" maxlen:"2048"`
		} `required:"true"`
		Extra *modelTag
		Blob  []byte `minlen:"1" maxlen:"2"`
	}
	iamInput struct {
		Path                     string     `minlen:"1" maxlen:"512" pattern:"(\\u002F)|(\\u002F[\\u0021-\\u007E]+\\u002F)" invalid:"It must begin and end with / and contain only alphanumeric characters and/or / characters."`
		PathPrefix               string     `minlen:"1" maxlen:"512" pattern:"\\u002F[\\u0021-\\u007F]*" invalid:"It must begin with the / character and contain only alphanumeric characters and/or / characters."`
		UserName                 string     `required:"true" minlen:"1" maxlen:"64" pattern:"[\\w+=,.@-]+" invalid:"It must contain only alphanumeric characters and/or the following: +=,.@_-"`
		AccessKeyId              string     `minlen:"16" maxlen:"128" pattern:"[\\w]+" invalid:"It must contain only alphanumeric characters."`
		PolicyDocument           string     `minlen:"1" maxlen:"131072" pattern:"[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+" invalidorempty:"It must contain only printable ASCII characters."`
		Status                   string     `enum:"Active,Inactive,Expired"`
		VersionId                string     `pattern:"v[1-9][0-9]*(\\.[A-Za-z0-9-]*)?"`
		MaxItems                 int32      `min:"1" max:"1000"`
		Tags                     []modelTag `maxitems:"50"`
		TagKeys                  []string   `maxitems:"50" minlen:"1" maxlen:"128" pattern:"[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+"`
		ClientIDList             []string   `minlen:"1" maxlen:"255"`
		Filter                   []string   `enum:"User,Role"`
		ThumbprintList           []string   `minlen:"40" maxlen:"40"`
		PermissionsBoundary      *string    `minlen:"20" maxlen:"2048"`
		AssumeRolePolicyDocument string     `minlen:"1" maxlen:"131072" pattern:"[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+" invalidorempty:"It must contain only printable ASCII characters."`
	}
)

func detected(entries ...string) string {
	if len(entries) == 1 {
		return "1 validation error detected: " + entries[0]
	}
	return fmt.Sprintf("%d validation errors detected: %s", len(entries), strings.Join(entries, "; "))
}

// breaks is one entry of a ValidationError.
func breaks(value, name, constraint string) string {
	return "Value " + value + "at '" + name + "' failed to satisfy constraint: Member must " + constraint
}

func TestValidationErrorSTS(t *testing.T) {
	t.Parallel()
	const (
		role    = "RoleArn=arn:aws:iam::111111111111:role/r"
		ok      = role + "&RoleSessionName=name"
		tagText = `[\p{L}\p{Z}\p{N}_.:/=+\-@]+`
		notNull = "not be null"
	)
	emoji := strings.Repeat("🔑", 2049)
	tests := map[string]struct {
		in   any
		form string
		want string // "" is success
	}{
		"fine":                  {&assumeRoleInput{}, ok, ""},
		"required":              {&assumeRoleInput{}, "RoleSessionName=name", detected(breaks("null ", "roleArn", notNull))},
		"two required":          {&assumeRoleInput{}, "", detected(breaks("null ", "roleArn", notNull), breaks("null ", "roleSessionName", notNull))},
		"empty":                 {&assumeRoleInput{}, "RoleArn=&RoleSessionName=name", detected(breaks("'' ", "roleArn", "satisfy regular expression pattern: "+arnPattern), breaks("'' ", "roleArn", "have length greater than or equal to 20"))},
		"short":                 {&assumeRoleInput{}, "RoleArn=arn&RoleSessionName=name", detected(breaks("'arn' ", "roleArn", "have length greater than or equal to 20"))},
		"long":                  {&assumeRoleInput{}, role + "&RoleSessionName=" + strings.Repeat("a", 65), detected(breaks("'"+strings.Repeat("a", 65)+"' ", "roleSessionName", "have length less than or equal to 64"))},
		"longest":               {&assumeRoleInput{}, role + "&RoleSessionName=" + strings.Repeat("a", 64), ""},
		"pattern":               {&assumeRoleInput{}, role + "&RoleSessionName=a+b", detected(breaks("'a b' ", "roleSessionName", `satisfy regular expression pattern: [\w+=,.@-]*`))},
		"pattern is all":        {&assumeRoleInput{}, role + "&RoleSessionName=ab%0A", detected(breaks("'ab\n' ", "roleSessionName", `satisfy regular expression pattern: [\w+=,.@-]*`))},
		"pattern is ASCII":      {&assumeRoleInput{}, role + "&RoleSessionName=%C3%A9%C3%A9", detected(breaks("'éé' ", "roleSessionName", `satisfy regular expression pattern: [\w+=,.@-]*`))},
		"pattern before length": {&assumeRoleInput{}, role + "&RoleSessionName=/", detected(breaks("'/' ", "roleSessionName", `satisfy regular expression pattern: [\w+=,.@-]*`), breaks("'/' ", "roleSessionName", "have length greater than or equal to 2"))},
		"struct order":          {&assumeRoleInput{}, "DurationSeconds=1&RoleSessionName=/x&RoleArn=x", detected(breaks("'x' ", "roleArn", "have length greater than or equal to 20"), breaks("'/x' ", "roleSessionName", `satisfy regular expression pattern: [\w+=,.@-]*`), breaks("'1' ", "durationSeconds", "have value greater than or equal to 900"))},
		"below":                 {&assumeRoleInput{}, ok + "&DurationSeconds=600", detected(breaks("'600' ", "durationSeconds", "have value greater than or equal to 900"))},
		"above":                 {&assumeRoleInput{}, ok + "&DurationSeconds=%2B043201", detected(breaks("'43201' ", "durationSeconds", "have value less than or equal to 43200"))},
		"lowest":                {&assumeRoleInput{}, ok + "&DurationSeconds=900", ""},
		"highest":               {&assumeRoleInput{}, ok + "&DurationSeconds=43200", ""},
		"zero is not absent":    {&assumeRoleInput{}, ok + "&DurationSeconds=0", detected(breaks("'0' ", "durationSeconds", "have value greater than or equal to 900"))},
		"code points, astral":   {&assumeRoleInput{}, "RoleSessionName=name&RoleArn=" + emoji, detected(breaks("'"+emoji+"' ", "roleArn", "satisfy regular expression pattern: "+arnPattern), breaks("'"+emoji+"' ", "roleArn", "have length less than or equal to 2048"))},
		"code points, allowed":  {&assumeRoleInput{}, "RoleSessionName=name&RoleArn=" + strings.Repeat("é", 2048), ""},
		"astral of right length": {
			&assumeRoleInput{}, "RoleSessionName=name&RoleArn=" + strings.Repeat("🔑", 2048),
			detected(breaks("'"+strings.Repeat("🔑", 2048)+"' ", "roleArn", "satisfy regular expression pattern: "+arnPattern)),
		},
		"pointer absent":        {&assumeRoleInput{}, ok, ""},
		"pointer empty":         {&assumeRoleInput{}, ok + "&Policy=", detected(breaks("'' ", "policy", `satisfy regular expression pattern: [\u0009\u000A\u000D\u0020-\u00FF]+`), breaks("'' ", "policy", "have length greater than or equal to 1"))},
		"tag without a key":     {&assumeRoleInput{}, ok + "&Tags.member.1.Value=v", detected(breaks("null ", "tags.1.member.key", notNull))},
		"tag key":               {&assumeRoleInput{}, ok + "&Tags.member.1.Key=k&Tags.member.1.Value=v&Tags.member.7.Key=%3F&Tags.member.7.Value=", detected(breaks("'?' ", "tags.2.member.key", "satisfy regular expression pattern: "+tagText))},
		"tags, too many":        {&assumeRoleInput{}, ok + tags(51), detected(breaks("", "tags", "have length less than or equal to 50"))},
		"tags, most":            {&assumeRoleInput{}, ok + tags(50), ""},
		"list of strings":       {&assumeRoleInput{}, ok + "&TransitiveTagKeys.member.1=a&TransitiveTagKeys.member.2=%3F", detected(breaks("'[a, ?]' ", "transitiveTagKeys", "satisfy constraint: [Member must have length less than or equal to 128, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: "+tagText+", Member must not be null]"))},
		"enum":                  {&getWebIdentityTokenInput{}, "Audience.member.1=a&SigningAlgorithm=HS256", detected(breaks("'HS256' ", "signingAlgorithm", "satisfy enum value set: [RS256, ES384]"))},
		"enum has a case":       {&getWebIdentityTokenInput{}, "Audience.member.1=a&SigningAlgorithm=rs256", detected(breaks("'rs256' ", "signingAlgorithm", "satisfy enum value set: [RS256, ES384]"))},
		"enum value":            {&getWebIdentityTokenInput{}, "Audience.member.1=a&SigningAlgorithm=ES384", ""},
		"list required":         {&getWebIdentityTokenInput{}, "SigningAlgorithm=ES384", detected(breaks("null ", "audience", notNull))},
		"list empty":            {&getWebIdentityTokenInput{}, "SigningAlgorithm=ES384&Audience=", detected(breaks("'[]' ", "audience", "have length greater than or equal to 1"))},
		"list of integers":      {&getWebIdentityTokenInput{}, "SigningAlgorithm=ES384&Audience.member.1=a&Limits.member.1=1&Limits.member.2=6", detected(breaks("'[1, 6]' ", "limits", "satisfy constraint: [Member must have value less than or equal to 5, Member must have value greater than or equal to 1]"))},
		"structure required":    {&assumeRootInput{}, "", detected(breaks("null ", "taskPolicyArn", notNull))},
		"member of a structure": {&assumeRootInput{}, "TaskPolicyArn.arn=x", detected(breaks("'x' ", "taskPolicyArn.arn", "have length greater than or equal to 20"))},
		"structure empty":       {&assumeRootInput{}, "TaskPolicyArn=", detected(breaks("null ", "taskPolicyArn.arn", notNull))},
		"structure pointer":     {&assumeRootInput{}, "TaskPolicyArn.arn=12345678901234567890&Extra.Key=k", detected(breaks("null ", "extra.value", notNull))},
		"blob":                  {&assumeRootInput{}, "TaskPolicyArn.arn=12345678901234567890&Blob=AAAA", detected(breaks("'' ", "blob", "have length less than or equal to 2"))},
		"duplicates unchecked":  {&assumeRoleInput{}, ok + "&RoleSessionName=/&DurationSeconds=900&DurationSeconds=x", ""},
		"MalformedInput first":  {&assumeRoleInput{}, "DurationSeconds=x", "MalformedInput"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wantValidation(t, query.Decode(parse(t, tt.form), tt.in, query.STS), tt.want)
		})
	}
}

func TestValidationErrorIAM(t *testing.T) {
	t.Parallel()
	const (
		user    = "UserName=alice"
		badPath = "The specified value for path is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters."
		badName = "The specified value for userName is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-"
		badText = " is invalid. It must contain only printable ASCII characters."
	)
	tests := map[string]struct{ form, want string }{
		"fine":                      {user, ""},
		"required":                  {"", detected(breaks("", "userName", "not be null"))},
		"enum":                      {user + "&Status=Broken", detected(breaks("", "status", "satisfy enum value set"))},
		"list of strings":           {user + "&TagKeys.member.1=%3F", detected(breaks("", "tagKeys", `satisfy constraint: [Member must have length less than or equal to 128, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [\p{L}\p{Z}\p{N}_.:/=+\-@]+, Member must not be null]`))},
		"list of strings, two bad":  {user + "&TagKeys.member.1=%3F&TagKeys.member.2=", detected(breaks("", "tagKeys", `satisfy constraint: [Member must have length less than or equal to 128, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [\p{L}\p{Z}\p{N}_.:/=+\-@]+, Member must not be null]`))},
		"list without pattern":      {user + "&ClientIDList.member.1=", detected(breaks("", "clientIDList", "satisfy constraint: [Member must have length less than or equal to 255, Member must have length greater than or equal to 1]"))},
		"list of an enum":           {user + "&Filter.member.1=x", detected(breaks("", "filter", "satisfy constraint: [Member must satisfy enum value set]"))},
		"list of structures":        {user + "&Tags.member.1.Key=&Tags.member.1.Value=", detected(breaks("", "tags.1.member.key", `satisfy regular expression pattern: [\p{L}\p{Z}\p{N}_.:/=+\-@]+`), breaks("", "tags.1.member.key", "have length greater than or equal to 1"))},
		"tag value":                 {user + "&Tags.member.1.Key=k&Tags.member.1.Value=" + strings.Repeat("v", 257), detected(breaks("", "tags.1.member.value", "have length less than or equal to 256"))},
		"list too long":             {user + tags(51), detected(breaks("", "tags", "have length less than or equal to 50"))},
		"path without its ends":     {user + "&Path=a", badPath},
		"path with a blank":         {user + "&Path=/a+b/", badPath},
		"path root":                 {user + "&Path=/", ""},
		"path":                      {user + "&Path=/a/b//c/", ""},
		"path too long":             {user + "&Path=/" + strings.Repeat("a", 511) + "/", detected(breaks("", "path", "have length less than or equal to 512"))},
		"path of 512":               {user + "&Path=/" + strings.Repeat("a", 510) + "/", ""},
		"path too long and bad":     {user + "&Path=" + strings.Repeat("a", 513), detected(breaks("", "path", "have length less than or equal to 512"))},
		"path empty":                {user + "&Path=", detected(breaks("", "path", "have length greater than or equal to 1"))},
		"path prefix":               {user + "&PathPrefix=a", "The specified value for pathPrefix is invalid. It must begin with the / character and contain only alphanumeric characters and/or / characters."},
		"name":                      {"UserName=a/b", badName},
		"name with a line end":      {"UserName=a%0A", badName},
		"name and path":             {"UserName=a/b&Path=x", badPath},
		"name and required":         {"AccessKeyId=%3F%3F%3F%3F%3F%3F%3F%3F%3F%3F%3F%3F%3F%3F%3F%3F", detected(breaks("", "userName", "not be null"))},
		"other errors first":        {"UserName=a/b&MaxItems=0", detected(breaks("", "maxItems", "have value greater than or equal to 1"))},
		"access key id":             {user + "&AccessKeyId=AKIA-1234567890123", "The specified value for accessKeyId is invalid. It must contain only alphanumeric characters."},
		"access key id short":       {user + "&AccessKeyId=AKIA", detected(breaks("", "accessKeyId", "have length greater than or equal to 16"))},
		"document":                  {user + "&PolicyDocument=%E2%82%AC", "The specified value for policyDocument" + badText},
		"document empty":            {user + "&PolicyDocument=", "The specified value for policyDocument" + badText},
		"document bad, too long":    {user + "&PolicyDocument=" + strings.Repeat("%E2%82%AC", 131_073), detected(breaks("", "policyDocument", "have length less than or equal to 131072"))},
		"trust document":            {user + "&AssumeRolePolicyDocument=%01", "The specified value for assumeRolePolicyDocument" + badText},
		"document of Latin letters": {user + "&PolicyDocument=%C3%BF", ""},
		"other pattern":             {user + "&VersionId=1", detected(breaks("", "versionId", `satisfy regular expression pattern: v[1-9][0-9]*(\.[A-Za-z0-9-]*)?`))},
		"other pattern, fine":       {user + "&VersionId=v1.a-b", ""},
		"value above":               {user + "&MaxItems=1001", detected(breaks("", "maxItems", "have value less than or equal to 1000"))},
		"exact length":              {user + "&ThumbprintList.member.1=abc", detected(breaks("", "thumbprintList", "satisfy constraint: [Member must have length less than or equal to 40, Member must have length greater than or equal to 40]"))},
		"pointer":                   {user + "&PermissionsBoundary=", detected(breaks("", "permissionsBoundary", "have length greater than or equal to 20"))},
		"bad integer":               {"MaxItems=x", "MalformedInput"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wantValidation(t, query.Decode(parse(t, tt.form), &iamInput{}, query.IAM), tt.want)
		})
	}
}

func wantValidation(t *testing.T, err error, want string) {
	t.Helper()
	switch want {
	case "":
		if err != nil {
			t.Error(err)
		}
	case "MalformedInput":
		wantError(t, err, aws.MalformedInput, "")
	default:
		wantError(t, err, aws.ValidationError, want)
	}
}

func tags(n int) string {
	var b strings.Builder
	for i := range n {
		index := string([]byte{byte('1' + i/10), byte('0' + i%10)})
		b.WriteString("&Tags.member." + index + ".Key=k" + index + "&Tags.member." + index + ".Value=")
	}
	return b.String()
}
