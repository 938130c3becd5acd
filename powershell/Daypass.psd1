@{
    RootModule           = 'Daypass.psm1'
    ModuleVersion        = '0.1.0'
    GUID                 = '5d1f6a3e-2f0c-4c0b-9a5e-7a0f1d3f8b62'
    Author               = 'The daypass contributors'
    Copyright            = 'Apache License, Version 2.0'
    Description          = 'Get-STSSessionToken of the AWS Tools for PowerShell, by the program daypass.'
    PowerShellVersion    = '5.1'
    CompatiblePSEditions = @('Desktop', 'Core')
    FunctionsToExport    = @('Get-STSSessionToken')
    CmdletsToExport      = @()
    VariablesToExport    = @()
    AliasesToExport      = @()
}
