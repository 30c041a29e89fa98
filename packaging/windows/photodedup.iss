; Inno Setup 6: the installer for Windows. build_package.py calls it with
;   iscc /DVersion=0.1.0 /DName=photodedup /OC:\...\dist packaging\windows\photodedup.iss
; It installs for the person who runs it, without an administrator, or for all on request.

#ifndef Version
  #error "Say which version: /DVersion=0.1.0"
#endif
#ifndef Name
  #define Name "photodedup"
#endif
#define Built "..\..\dist\photodedup"

[Setup]
AppId={{6E2C9C62-6A35-4D2C-9E0B-5B7F5A1C7D11}
AppName=photodedup
AppVersion={#Version}
AppPublisher=The photodedup project
DefaultDirName={autopf}\photodedup
DefaultGroupName=photodedup
DisableProgramGroupPage=yes
PrivilegesRequired=lowest
PrivilegesRequiredOverridesAllowed=dialog
ArchitecturesAllowed=x64compatible
ArchitecturesInstallIn64BitMode=x64compatible
; The terms of the parts, and of the network's weights.
LicenseFile={#Built}\licences\THIRD-PARTY.txt
OutputBaseFilename={#Name}-{#Version}-windows
SetupIconFile=..\..\build\package\icons\photodedup.ico
UninstallDisplayIcon={app}\photodedup-window.exe
Compression=lzma2
SolidCompression=yes
WizardStyle=modern
ChangesAssociations=yes
CloseApplications=yes

[Languages]
Name: "en"; MessagesFile: "compiler:Default.isl"
Name: "ko"; MessagesFile: "compiler:Languages\Korean.isl"

[CustomMessages]
en.FindDuplicates=Find duplicate photos
ko.FindDuplicates=중복 사진 찾기
en.FolderMenu=Offer it in the menu of folders
ko.FolderMenu=폴더 메뉴에 표시

[Tasks]
Name: "desktopicon"; Description: "{cm:CreateDesktopIcon}"; Flags: unchecked
Name: "foldermenu"; Description: "{cm:FolderMenu}"

[Files]
Source: "{#Built}\*"; DestDir: "{app}"; Flags: recursesubdirs createallsubdirs ignoreversion

[InstallDelete]
; An older version's libraries must not lie beside the new ones.
Type: filesandordirs; Name: "{app}\_internal"

[Icons]
Name: "{group}\photodedup"; Filename: "{app}\photodedup-window.exe"
Name: "{autodesktop}\photodedup"; Filename: "{app}\photodedup-window.exe"; Tasks: desktopicon

[Registry]
; "Open with" for photos, and an entry in the menu of folders.
Root: HKA; Subkey: "Software\Classes\Applications\photodedup-window.exe"; ValueType: string; ValueName: "FriendlyAppName"; ValueData: "photodedup"; Flags: uninsdeletekey
Root: HKA; Subkey: "Software\Classes\Applications\photodedup-window.exe\shell\open\command"; ValueType: string; ValueData: """{app}\photodedup-window.exe"" ""%1"""
Root: HKA; Subkey: "Software\Classes\Applications\photodedup-window.exe\SupportedTypes"; ValueType: string; ValueName: ".jpg"; ValueData: ""
Root: HKA; Subkey: "Software\Classes\Applications\photodedup-window.exe\SupportedTypes"; ValueType: string; ValueName: ".jpeg"; ValueData: ""
Root: HKA; Subkey: "Software\Classes\Applications\photodedup-window.exe\SupportedTypes"; ValueType: string; ValueName: ".png"; ValueData: ""
Root: HKA; Subkey: "Software\Classes\Applications\photodedup-window.exe\SupportedTypes"; ValueType: string; ValueName: ".heic"; ValueData: ""
Root: HKA; Subkey: "Software\Classes\Applications\photodedup-window.exe\SupportedTypes"; ValueType: string; ValueName: ".webp"; ValueData: ""
Root: HKA; Subkey: "Software\Classes\Applications\photodedup-window.exe\SupportedTypes"; ValueType: string; ValueName: ".tif"; ValueData: ""
Root: HKA; Subkey: "Software\Classes\Directory\shell\photodedup"; ValueType: string; ValueData: "{cm:FindDuplicates}"; Tasks: foldermenu; Flags: uninsdeletekey
Root: HKA; Subkey: "Software\Classes\Directory\shell\photodedup"; ValueType: string; ValueName: "Icon"; ValueData: "{app}\photodedup-window.exe"; Tasks: foldermenu
Root: HKA; Subkey: "Software\Classes\Directory\shell\photodedup\command"; ValueType: string; ValueData: """{app}\photodedup-window.exe"" ""%1"""; Tasks: foldermenu

[Run]
Filename: "{app}\photodedup-window.exe"; Description: "{cm:LaunchProgram,photodedup}"; Flags: nowait postinstall skipifsilent
