Set-StrictMode -Version 3.0

function Get-STSSessionToken {
    <#
    .SYNOPSIS
    Calls the AWS Security Token Service GetSessionToken API operation.

    .DESCRIPTION
    Returns temporary credentials for an IAM user or the root user of an account, with the program daypass, which has to be
    on the path. With the serial number of an MFA device and its present code they are credentials that prove MFA.

    Credentials to call with, region and endpoint come from the parameters, else from AWS's environment variables and the
    shared configuration files. No secret is put on a command line.

    .PARAMETER DurationInSeconds
    How long the credentials are valid, from 900 to 129600 seconds. The default is 43200, for the root user 3600, which is
    also the root user's most.

    .PARAMETER SerialNumber
    The ARN of the user's virtual MFA device, or the serial number of the hardware device.

    .PARAMETER TokenCode
    The six digits that the MFA device shows now.

    .PARAMETER AccessKey
    The id of the access key to call with.

    .PARAMETER SecretKey
    The secret of the access key.

    .PARAMETER SessionToken
    The session token, if the access key is a temporary one.

    .PARAMETER Credential
    The access key as an AWSCredentials object of the AWS SDK, as what this function has returned, or as a PSCredential,
    whose user name is the access key id and whose password is the secret.

    .PARAMETER ProfileName
    The profile to take credentials and settings from. It may be a SAML role profile.

    .PARAMETER ProfileLocation
    The ini file to look for the profile in, and nowhere else.

    .PARAMETER NetworkCredential
    The user and the password at the identity provider of a SAML role profile.

    .PARAMETER Region
    The region to call.

    .PARAMETER EndpointUrl
    The endpoint to call.

    .INPUTS
    System.Int32. Durations, for credentials each.

    .OUTPUTS
    Daypass.Credentials, with AccessKeyId, Expiration, SecretAccessKey and SessionToken. $AWSHistory records the last five
    calls of the function, with the responses of each.

    .EXAMPLE
    Get-STSSessionToken

    .EXAMPLE
    Get-STSSessionToken -DurationInSeconds 3600 -ProfileName myprofile -SerialNumber arn:aws:iam::123456789012:mfa/alice -TokenCode 123456

    .LINK
    https://docs.aws.amazon.com/powershell/latest/reference/items/Get-STSSessionToken.html
    #>
    [CmdletBinding()]
    [OutputType('Daypass.Credentials')]
    param(
        [Parameter(Position = 0, ValueFromPipeline = $true)]
        [Alias('DurationSeconds')]
        [ValidateRange(900, 129600)]
        [int] $DurationInSeconds,

        [Parameter(Position = 1)]
        [ValidatePattern('^[A-Za-z0-9_+=/:,.@-]+\z')]
        [string] $SerialNumber,

        [Parameter(Position = 2)]
        [ValidatePattern('^[0-9]{6}\z')]
        [string] $TokenCode,

        [Parameter()]
        [ValidateNotNullOrEmpty()]
        [string] $AccessKey,

        [Parameter()]
        [ValidateNotNullOrEmpty()]
        [string] $SecretKey,

        [Parameter()]
        [ValidateNotNullOrEmpty()]
        [string] $SessionToken,

        # AWSCredentials is a type only where the AWS SDK is loaded.
        [Parameter()]
        [ValidateNotNullOrEmpty()]
        [object] $Credential,

        [Parameter()]
        [ValidateNotNullOrEmpty()]
        [string] $ProfileName,

        [Parameter()]
        [ValidateNotNullOrEmpty()]
        [string] $ProfileLocation,

        [Parameter()]
        [ValidateNotNullOrEmpty()]
        [pscredential] $NetworkCredential,

        [Parameter()]
        [ValidateNotNullOrEmpty()]
        [string] $Region,

        [Parameter()]
        [ValidateNotNullOrEmpty()]
        [string] $EndpointUrl
    )

    begin {
        $entry = Add-HistoryEntry
    }

    process {
        try {
            $words = @('Get-STSSessionToken', '-OutputFormat:json')
            foreach ($name in 'DurationInSeconds', 'SerialNumber', 'TokenCode', 'ProfileName', 'ProfileLocation', 'Region', 'EndpointUrl') {
                if ($PSBoundParameters.ContainsKey($name)) {
                    $words += '-' + $name + ':' + $PSBoundParameters[$name]
                }
            }
            $variables = @{}
            if ($Credential -and ($AccessKey -or $SecretKey -or $SessionToken)) {
                throw 'Credentials are given in more than one way: give AccessKey and SecretKey, or Credential, or a profile.'
            }
            if ($Credential) {
                $variables = Get-CredentialVariable $Credential
            } elseif ($AccessKey -or $SecretKey -or $SessionToken) {
                if (-not ($AccessKey -and $SecretKey)) {
                    throw 'The parameters AccessKey and SecretKey have to be given together.'
                }
                $variables = @{
                    CREDENTIAL_ACCESS_KEY_ID     = $AccessKey
                    CREDENTIAL_SECRET_ACCESS_KEY = $SecretKey
                    CREDENTIAL_SESSION_TOKEN     = $SessionToken
                }
            }
            if ($variables.Count) {
                $words += '-Credential:env:CREDENTIAL'
            }
            if ($NetworkCredential) {
                $words += '-NetworkCredential:env:NETWORK_CREDENTIAL'
                $variables['NETWORK_CREDENTIAL_USERNAME'] = $NetworkCredential.UserName
                $variables['NETWORK_CREDENTIAL_PASSWORD'] = $NetworkCredential.GetNetworkCredential().Password
            }

            $answer = Invoke-Daypass -Word $words -Variable $variables | ConvertFrom-Json
            $credentials = [pscustomobject]@{
                PSTypeName      = 'Daypass.Credentials'
                AccessKeyId     = $answer.AccessKeyId
                Expiration      = ([datetime] $answer.Expiration).ToLocalTime()
                SecretAccessKey = $answer.SecretAccessKey
                SessionToken    = $answer.SessionToken
            }
            $entry.Responses.Add([pscustomobject]@{
                PSTypeName  = 'Daypass.GetSessionTokenResponse'
                Credentials = $credentials
            })
            if ($entry.Responses.Count -gt 5) {
                $entry.Responses.RemoveAt(0)
            }
            $entry.EmittedObjectsCount++
            $credentials
        } catch {
            $PSCmdlet.ThrowTerminatingError($_)
        } finally {
            $entry.CmdletEnd = [datetime]::Now
        }
    }
}

# Get-CredentialVariable returns the environment in which the program finds an access key with -Credential env:CREDENTIAL.
function Get-CredentialVariable {
    param([object] $Credential)

    if ($Credential -is [pscredential]) {
        $id, $secret, $token = $Credential.UserName, $Credential.GetNetworkCredential().Password, ''
    } elseif ($Credential.PSObject.Methods['GetCredentials']) {
        $keys = $Credential.GetCredentials()
        $id, $secret, $token = $keys.AccessKey, $keys.SecretKey, $keys.Token
    } elseif ($Credential.PSObject.Properties['SecretAccessKey']) {
        $id, $secret, $token = $Credential.AccessKeyId, $Credential.SecretAccessKey, $Credential.SessionToken
    } else {
        throw 'The parameter Credential has to be an AWSCredentials object, a PSCredential, or what Get-STSSessionToken has returned.'
    }
    @{
        CREDENTIAL_ACCESS_KEY_ID     = $id
        CREDENTIAL_SECRET_ACCESS_KEY = $secret
        CREDENTIAL_SESSION_TOKEN     = $token
    }
}

# Invoke-Daypass runs the program with more environment variables than this process has, and returns what it prints.
function Invoke-Daypass {
    param([string[]] $Word, [hashtable] $Variable)

    # What has to be escaped between quotation marks: those, and backslashes before one.
    $quoted = foreach ($w in $Word) {
        '"' + (($w -replace '(\\*)"', '$1$1\"') -replace '(\\+)$', '$1$1') + '"'
    }
    $start = [System.Diagnostics.ProcessStartInfo]::new()
    $start.FileName = (Get-Command -Name daypass -CommandType Application -ErrorAction Stop | Select-Object -First 1).Path
    $start.Arguments = $quoted -join ' '
    $start.UseShellExecute = $false
    $start.RedirectStandardInput = $true
    $start.RedirectStandardOutput = $true
    $start.RedirectStandardError = $true
    foreach ($name in $Variable.Keys) {
        $start.EnvironmentVariables[$name] = $Variable[$name]
    }

    $process = [System.Diagnostics.Process]::Start($start)
    try {
        $process.StandardInput.Close()
        $errors = $process.StandardError.ReadToEndAsync()
        $output = $process.StandardOutput.ReadToEnd()
        $process.WaitForExit()
        if ($process.ExitCode -ne 0) {
            throw ($errors.Result.Trim() -replace '^Get-STSSessionToken: ', '')
        }
        $output
    } finally {
        $process.Dispose()
    }
}

# Add-HistoryEntry begins a record in $AWSHistory, in the form in which the AWS Tools keep theirs. Their own $AWSHistory, if
# they are loaded, takes no records of others; then the record goes nowhere.
function Add-HistoryEntry {
    $history = Get-Variable -Name AWSHistory -Scope Global -ValueOnly -ErrorAction Ignore
    if ($null -eq $history) {
        $history = [pscustomobject]@{
            PSTypeName = 'Daypass.CmdletHistoryBuffer'
            Commands   = [System.Collections.Generic.List[object]]::new()
        }
        $history | Add-Member -MemberType ScriptProperty -Name LastCommand -Value { $this.Commands | Select-Object -Last 1 }
        foreach ($name in 'LastServiceRequest', 'LastServiceResponse') {
            $value = [scriptblock]::Create("(`$this.Commands | Select-Object -Last 1).$name")
            $history | Add-Member -MemberType ScriptProperty -Name $name -Value $value
        }
        Set-Variable -Name AWSHistory -Scope Global -Value $history
    }
    $entry = [pscustomobject]@{
        PSTypeName          = 'Daypass.CmdletHistory'
        CmdletName          = 'Get-STSSessionToken'
        CmdletStart         = [datetime]::Now
        CmdletEnd           = $null
        EmittedObjectsCount = 0
        Requests            = @()
        Responses           = [System.Collections.Generic.List[object]]::new()
    }
    $entry | Add-Member -MemberType ScriptProperty -Name LastServiceRequest -Value { $this.Requests | Select-Object -Last 1 }
    $entry | Add-Member -MemberType ScriptProperty -Name LastServiceResponse -Value { $this.Responses | Select-Object -Last 1 }
    if ($history.PSObject.TypeNames -contains 'Daypass.CmdletHistoryBuffer') {
        $history.Commands.Add($entry)
        if ($history.Commands.Count -gt 5) {
            $history.Commands.RemoveAt(0)
        }
    }
    $entry
}

Export-ModuleMember -Function Get-STSSessionToken
