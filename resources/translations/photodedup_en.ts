<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en_US">
    <context>
        <name>ReviewPage</name>
        <message numerus="yes">
            <source>%n group(s) undecided</source>
            <translation>
                <numerusform>%n group undecided</numerusform>
                <numerusform>%n groups undecided</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>%n group(s) hidden by the filter</source>
            <translation>
                <numerusform>%n group hidden by the filter</numerusform>
                <numerusform>%n groups hidden by the filter</numerusform>
            </translation>
        </message>
    </context>
    <context>
        <name>SearchPage</name>
        <message numerus="yes">
            <source>%n photo(s) like {name}, the most similar first</source>
            <translation>
                <numerusform>%n photo like {name}</numerusform>
                <numerusform>%n photos like {name}, the most similar first</numerusform>
            </translation>
        </message>
    </context>
    <context>
        <name>_Counts</name>
        <message numerus="yes">
            <source>%n group(s)</source>
            <translation>
                <numerusform>%n group</numerusform>
                <numerusform>%n groups</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>%n photo(s)</source>
            <translation>
                <numerusform>%n photo</numerusform>
                <numerusform>%n photos</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>%n file(s)</source>
            <translation>
                <numerusform>%n file</numerusform>
                <numerusform>%n files</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>%n marked</source>
            <translation>
                <numerusform>%n marked</numerusform>
                <numerusform>%n marked</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>%n folder(s)</source>
            <translation>
                <numerusform>%n folder</numerusform>
                <numerusform>%n folders</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>%n new photo(s)</source>
            <translation>
                <numerusform>%n new photo</numerusform>
                <numerusform>%n new photos</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>%n keeper(s) of {total} would change</source>
            <translation>
                <numerusform>%n keeper of {total} would change</numerusform>
                <numerusform>%n keepers of {total} would change</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>differs in %n place(s)</source>
            <translation>
                <numerusform>differs in %n place</numerusform>
                <numerusform>differs in %n places</numerusform>
            </translation>
        </message>
    </context>
</TS>
