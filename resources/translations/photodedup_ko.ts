<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="ko_KR">
    <context>
        <name>AboutDialog</name>
        <message>
            <source>About photodedup</source>
            <translation>photodedup 정보</translation>
        </message>
        <message>
            <source>Finds near-duplicate photos, and photos like an example.
Apache License 2.0</source>
            <translation>거의 같은 사진과 예시와 비슷한 사진을 찾습니다.
Apache License 2.0</translation>
        </message>
        <message>
            <source>Versions, for a bug report</source>
            <translation>오류 신고용 버전 정보</translation>
        </message>
        <message>
            <source>Copy for a bug report</source>
            <translation>오류 신고용으로 복사</translation>
        </message>
    </context>
    <context>
        <name>ClearDialog</name>
        <message>
            <source>Clear photos</source>
            <translation>사진 정리</translation>
        </message>
        <message>
            <source>Files that go</source>
            <translation>정리할 파일</translation>
        </message>
        <message>
            <source>Files that stay</source>
            <translation>남는 파일</translation>
        </message>
        <message>
            <source>Take all of it back</source>
            <translation>모두 되돌리기</translation>
        </message>
        <message>
            <source>Cancel</source>
            <translation>취소</translation>
        </message>
        <message>
            <source>The marked photos and those that stay are read again …</source>
            <translation>표시한 사진과 남을 사진을 다시 읽는 중 …</translation>
        </message>
        <message>
            <source>Moving photos into the holding folder …</source>
            <translation>사진을 보관 폴더로 옮기는 중 …</translation>
        </message>
        <message>
            <source>Putting photos back …</source>
            <translation>사진을 되돌리는 중 …</translation>
        </message>
        <message>
            <source>None of the marked photos can be cleared safely.</source>
            <translation>표시한 사진 중 안전하게 정리할 수 있는 것이 없습니다.</translation>
        </message>
        <message>
            <source>Close</source>
            <translation>닫기</translation>
        </message>
        <message>
            <source>{photos} ({files}) go into the folder .photodedup-holding of the folder that was scanned. {size} are gained once that is emptied. Until then all of it can be taken back.</source>
            <translation>{photos}({files})을 검사한 폴더의 .photodedup-holding 폴더로 옮깁니다. 그 폴더를 비우면 {size}가 확보됩니다. 그전에는 모두 되돌릴 수 있습니다.</translation>
        </message>
        <message>
            <source>Clear {photos}</source>
            <translation>{photos} 정리</translation>
        </message>
        <message>
            <source>{photos} are back in their places.</source>
            <translation>{photos}을 제자리로 되돌렸습니다.</translation>
        </message>
        <message>
            <source>{photos} were cleared ({size}).</source>
            <translation>{photos}을 정리했습니다({size}).</translation>
        </message>
        <message>
            <source>It was stopped before the end; what was done is kept.</source>
            <translation>끝나기 전에 멈췄습니다. 그때까지 한 일은 남아 있습니다.</translation>
        </message>
        <message>
            <source>Stays where it is:</source>
            <translation>그대로 두는 파일:</translation>
        </message>
    </context>
    <context>
        <name>ComparePage</name>
        <message>
            <source>The two photos</source>
            <translation>두 사진</translation>
        </message>
        <message>
            <source>Edge of the wipe</source>
            <translation>경계선 위치</translation>
        </message>
        <message>
            <source>Side by side</source>
            <translation>나란히</translation>
        </message>
        <message>
            <source>Flip</source>
            <translation>번갈아</translation>
        </message>
        <message>
            <source>Wipe</source>
            <translation>밀어서</translation>
        </message>
        <message>
            <source>Difference</source>
            <translation>차이</translation>
        </message>
        <message>
            <source>Back to the group</source>
            <translation>그룹으로 돌아가기</translation>
        </message>
        <message>
            <source>Previous photo</source>
            <translation>이전 사진</translation>
        </message>
        <message>
            <source>Next photo</source>
            <translation>다음 사진</translation>
        </message>
        <message>
            <source>Show the other photo in place</source>
            <translation>같은 자리에 다른 사진 보기</translation>
        </message>
        <message>
            <source>Whole photo</source>
            <translation>전체 보기</translation>
        </message>
        <message>
            <source>Own pixels</source>
            <translation>실제 픽셀</translation>
        </message>
        <message>
            <source>Mark what differs</source>
            <translation>다른 곳 표시</translation>
        </message>
        <message>
            <source>Matched points</source>
            <translation>일치하는 점</translation>
        </message>
        <message>
            <source>What both photos show, in the same colour on both, side by side (6)</source>
            <translation>두 사진에 함께 나오는 점을 나란히 볼 때 같은 색으로 표시합니다 (6)</translation>
        </message>
        <message>
            <source>Zoom in</source>
            <translation>확대</translation>
        </message>
        <message>
            <source>Zoom out</source>
            <translation>축소</translation>
        </message>
        <message>
            <source>Move left</source>
            <translation>왼쪽으로 이동</translation>
        </message>
        <message>
            <source>Move right</source>
            <translation>오른쪽으로 이동</translation>
        </message>
        <message>
            <source>Move up</source>
            <translation>위로 이동</translation>
        </message>
        <message>
            <source>Move down</source>
            <translation>아래로 이동</translation>
        </message>
        <message>
            <source>Loading at full size …</source>
            <translation>원본 크기로 불러오는 중 …</translation>
        </message>
        <message>
            <source>The second photo is laid over the first in Flip, Wipe and Difference.</source>
            <translation>번갈아, 밀어서, 차이 보기에서는 두 번째 사진을 첫 번째 사진에 맞춰 겹칩니다.</translation>
        </message>
        <message>
            <source>The photos could not be laid over one another exactly.</source>
            <translation>두 사진을 정확히 겹칠 수 없습니다.</translation>
        </message>
    </context>
    <context>
        <name>CoverageDialog</name>
        <message>
            <source>Already in the library?</source>
            <translation>이미 보관된 사진인가요?</translation>
        </message>
        <message>
            <source>Photos &amp;of the folder</source>
            <translation>이 폴더의 사진(&amp;O)</translation>
        </message>
        <message>
            <source>Only those that are &amp;nowhere else</source>
            <translation>다른 곳에 없는 것만(&amp;N)</translation>
        </message>
        <message>
            <source>Photo</source>
            <translation>사진</translation>
        </message>
        <message>
            <source>In the library</source>
            <translation>보관 여부</translation>
        </message>
        <message>
            <source>There</source>
            <translation>위치</translation>
        </message>
        <message>
            <source>Save the list …</source>
            <translation>목록 저장 …</translation>
        </message>
        <message>
            <source>The list was saved: {path}</source>
            <translation>목록을 저장했습니다: {path}</translation>
        </message>
        <message>
            <source>Close</source>
            <translation>닫기</translation>
        </message>
        <message>
            <source>Choose …</source>
            <translation>고르기 …</translation>
        </message>
        <message>
            <source>no</source>
            <translation>없음</translation>
        </message>
        <message>
            <source>Counting …</source>
            <translation>세는 중 …</translation>
        </message>
        <message>
            <source>{covered} of {photos} are in other folders too; {missing} are only here.</source>
            <translation>{photos} 중 {covered}장이 다른 폴더에도 있고, {missing}장은 여기에만 있습니다.</translation>
        </message>
        <message>
            <source>Mark {photos} for clearing</source>
            <translation>{photos} 정리 표시</translation>
        </message>
        <message>
            <source>Choose a folder</source>
            <translation>폴더 고르기</translation>
        </message>
        <message>
            <source>Save the list</source>
            <translation>목록 저장</translation>
        </message>
        <message>
            <source>Tables (*.csv)</source>
            <translation>표 (*.csv)</translation>
        </message>
    </context>
    <context>
        <name>DecisionsDialog</name>
        <message>
            <source>Decisions</source>
            <translation>내린 결정</translation>
        </message>
        <message>
            <source>When</source>
            <translation>시각</translation>
        </message>
        <message>
            <source>Decision</source>
            <translation>결정</translation>
        </message>
        <message>
            <source>Photos</source>
            <translation>사진</translation>
        </message>
        <message>
            <source>Take it back</source>
            <translation>되돌리기</translation>
        </message>
        <message>
            <source>Close</source>
            <translation>닫기</translation>
        </message>
        <message>
            <source>no duplicates</source>
            <translation>중복 없음</translation>
        </message>
        <message>
            <source>keeper chosen</source>
            <translation>남길 사진 고름</translation>
        </message>
        <message>
            <source>Nothing was decided by hand.</source>
            <translation>직접 내린 결정이 없습니다.</translation>
        </message>
    </context>
    <context>
        <name>FoldersPanel</name>
        <message>
            <source>Folders</source>
            <translation>폴더</translation>
        </message>
        <message>
            <source>Leave out: *.png, cache/*</source>
            <translation>제외: *.png, cache/*</translation>
        </message>
        <message>
            <source>Names to leave out</source>
            <translation>제외할 이름</translation>
        </message>
        <message>
            <source>Names, or paths below a folder, that are not scanned; commas between them</source>
            <translation>검사하지 않을 이름이나 폴더 아래 경로. 쉼표로 구분합니다</translation>
        </message>
        <message>
            <source>Remove</source>
            <translation>목록에서 빼기</translation>
        </message>
        <message>
            <source>Take the folder off this list; its photos stay where they are</source>
            <translation>폴더를 이 목록에서만 뺍니다. 사진은 그대로 남습니다</translation>
        </message>
        <message>
            <source>Protect</source>
            <translation>보호</translation>
        </message>
        <message>
            <source>Photos in a protected folder are always the ones that stay</source>
            <translation>보호된 폴더의 사진은 언제나 남깁니다</translation>
        </message>
        <message>
            <source>folder</source>
            <translation>폴더</translation>
        </message>
        <message>
            <source>not there now</source>
            <translation>지금은 연결되지 않음</translation>
        </message>
        <message>
            <source>protected</source>
            <translation>보호됨</translation>
        </message>
    </context>
    <context>
        <name>FrameDialog</name>
        <message>
            <source>Search by a part</source>
            <translation>일부로 검색</translation>
        </message>
        <message>
            <source>The photo with the frame</source>
            <translation>틀이 있는 사진</translation>
        </message>
        <message>
            <source>Drag a frame around what you look for. Arrow keys move it, with Shift they change its size.</source>
            <translation>찾는 부분에 틀을 그리세요. 화살표 키로 옮기고, Shift와 함께 누르면 크기를 바꿉니다.</translation>
        </message>
        <message>
            <source>Search</source>
            <translation>검색</translation>
        </message>
    </context>
    <context>
        <name>GroupFilters</name>
        <message>
            <source>Filter by name or folder</source>
            <translation>이름이나 폴더로 거르기</translation>
        </message>
        <message>
            <source>Only &amp;undecided</source>
            <translation>아직 정하지 않은 것만(&amp;U)</translation>
        </message>
        <message>
            <source>Groups with a photo that is neither marked nor said to stay</source>
            <translation>정리할지 남길지 정하지 않은 사진이 있는 그룹</translation>
        </message>
        <message>
            <source>Only {folders}</source>
            <translation>{folders}만</translation>
        </message>
        <message>
            <source>Most to gain first</source>
            <translation>확보할 용량이 큰 순</translation>
        </message>
        <message>
            <source>Most photos first</source>
            <translation>사진이 많은 순</translation>
        </message>
        <message>
            <source>Most certain first</source>
            <translation>확실한 순</translation>
        </message>
        <message>
            <source>Newest first</source>
            <translation>최신순</translation>
        </message>
        <message>
            <source>By folder</source>
            <translation>폴더순</translation>
        </message>
        <message>
            <source>Order of the groups</source>
            <translation>그룹 정렬</translation>
        </message>
        <message>
            <source>All kinds</source>
            <translation>모든 종류</translation>
        </message>
        <message>
            <source>Kind of copies</source>
            <translation>사본의 종류</translation>
        </message>
        <message>
            <source>Any folders</source>
            <translation>모든 폴더</translation>
        </message>
        <message>
            <source>Across folders</source>
            <translation>여러 폴더에 걸친 것</translation>
        </message>
        <message>
            <source>Within one folder</source>
            <translation>한 폴더 안의 것</translation>
        </message>
        <message>
            <source>Where the photos of a group lie</source>
            <translation>그룹의 사진이 있는 곳</translation>
        </message>
        <message>
            <source>Show the groups of all folders</source>
            <translation>모든 폴더의 그룹 보기</translation>
        </message>
    </context>
    <context>
        <name>GroupModel</name>
        <message>
            <source>{size} to gain</source>
            <translation>{size} 확보 가능</translation>
        </message>
    </context>
    <context>
        <name>GroupPage</name>
        <message>
            <source>Photos of the group</source>
            <translation>그룹의 사진</translation>
        </message>
        <message>
            <source>No group is chosen</source>
            <translation>선택한 그룹이 없습니다</translation>
        </message>
        <message>
            <source>Keep {name}</source>
            <translation>{name} 남기기</translation>
        </message>
        <message>
            <source>because: {reason}</source>
            <translation>이유: {reason}</translation>
        </message>
    </context>
    <context>
        <name>HistoryDialog</name>
        <message>
            <source>History</source>
            <translation>기록</translation>
        </message>
        <message>
            <source>When</source>
            <translation>시각</translation>
        </message>
        <message>
            <source>What was done</source>
            <translation>한 일</translation>
        </message>
        <message>
            <source>Size</source>
            <translation>크기</translation>
        </message>
        <message>
            <source>Batches, the newest first</source>
            <translation>작업 묶음, 최신순</translation>
        </message>
        <message>
            <source>Take this batch back</source>
            <translation>이 묶음 되돌리기</translation>
        </message>
        <message>
            <source>Empty the holding folder …</source>
            <translation>보관 폴더 비우기 …</translation>
        </message>
        <message>
            <source>Close</source>
            <translation>닫기</translation>
        </message>
        <message>
            <source>Nothing was cleared yet.</source>
            <translation>아직 정리한 것이 없습니다.</translation>
        </message>
        <message>
            <source>Done: {photos}.</source>
            <translation>완료: {photos}.</translation>
        </message>
        <message>
            <source>Put {files} ({size}) into the system's trash? They can then no longer be taken back here, only from the trash.</source>
            <translation>{files}({size})을 시스템 휴지통에 넣을까요? 그 뒤에는 여기서 되돌릴 수 없고 휴지통에서만 되돌릴 수 있습니다.</translation>
        </message>
        <message>
            <source>Empty the holding folder</source>
            <translation>보관 폴더 비우기</translation>
        </message>
        <message>
            <source>Put into the trash</source>
            <translation>휴지통에 넣기</translation>
        </message>
        <message>
            <source>cleared</source>
            <translation>장 정리됨</translation>
        </message>
        <message>
            <source>replaced by links</source>
            <translation>장 링크로 바뀜</translation>
        </message>
        <message>
            <source>moved</source>
            <translation>장 옮겨짐</translation>
        </message>
        <message>
            <source>interrupted</source>
            <translation>장 중단됨</translation>
        </message>
        <message>
            <source>not done</source>
            <translation>장 하지 않음</translation>
        </message>
        <message>
            <source>interrupted on the way back</source>
            <translation>장 되돌리다 중단됨</translation>
        </message>
        <message>
            <source>taken back</source>
            <translation>장 되돌림</translation>
        </message>
        <message>
            <source>interrupted on the way to the trash</source>
            <translation>장 휴지통에 넣다 중단됨</translation>
        </message>
        <message>
            <source>in the trash</source>
            <translation>장 휴지통에 있음</translation>
        </message>
    </context>
    <context>
        <name>KeepRulesPage</name>
        <message>
            <source>What decides, the most important first</source>
            <translation>남길 사진을 정하는 기준, 중요한 순</translation>
        </message>
        <message>
            <source>Preferred folders, the best first</source>
            <translation>우선 폴더, 앞선 것부터</translation>
        </message>
        <message>
            <source>Ready-made orders</source>
            <translation>미리 정한 순서</translation>
        </message>
        <message>
            <source>Choose an order …</source>
            <translation>순서 고르기 …</translation>
        </message>
        <message>
            <source>As usual: camera originals first</source>
            <translation>기본: 카메라 원본 먼저</translation>
        </message>
        <message>
            <source>The largest first</source>
            <translation>가장 큰 사진 먼저</translation>
        </message>
        <message>
            <source>Preferred folders first</source>
            <translation>우선 폴더 먼저</translation>
        </message>
        <message>
            <source>The oldest first</source>
            <translation>가장 오래된 사진 먼저</translation>
        </message>
        <message>
            <source>The newest first</source>
            <translation>가장 최신 사진 먼저</translation>
        </message>
        <message>
            <source>Up</source>
            <translation>위로</translation>
        </message>
        <message>
            <source>Down</source>
            <translation>아래로</translation>
        </message>
        <message>
            <source>Add …</source>
            <translation>추가 …</translation>
        </message>
        <message>
            <source>Remove</source>
            <translation>빼기</translation>
        </message>
        <message>
            <source>&amp;Preferred folders</source>
            <translation>우선 폴더(&amp;P)</translation>
        </message>
        <message>
            <source>In the group you look at</source>
            <translation>지금 보는 그룹에서는</translation>
        </message>
        <message>
            <source>Prefer a folder</source>
            <translation>우선 폴더 고르기</translation>
        </message>
        <message>
            <source>No group is chosen</source>
            <translation>선택한 그룹이 없습니다</translation>
        </message>
        <message>
            <source>until now: {name}</source>
            <translation>지금까지: {name}</translation>
        </message>
        <message>
            <source>Counting the keepers that change …</source>
            <translation>바뀌는 사진을 세는 중 …</translation>
        </message>
    </context>
    <context>
        <name>KeepWords</name>
        <message>
            <source>Undamaged</source>
            <translation>손상되지 않음</translation>
        </message>
        <message>
            <source>In a protected folder</source>
            <translation>보호된 폴더에 있음</translation>
        </message>
        <message>
            <source>In a preferred folder</source>
            <translation>우선 폴더에 있음</translation>
        </message>
        <message>
            <source>Original camera file</source>
            <translation>카메라 원본 파일</translation>
        </message>
        <message>
            <source>Larger</source>
            <translation>더 큼</translation>
        </message>
        <message>
            <source>Less compressed</source>
            <translation>덜 압축됨</translation>
        </message>
        <message>
            <source>Richer metadata</source>
            <translation>메타데이터가 더 많음</translation>
        </message>
        <message>
            <source>Sharper</source>
            <translation>더 선명함</translation>
        </message>
        <message>
            <source>Older</source>
            <translation>더 오래됨</translation>
        </message>
        <message>
            <source>Newer</source>
            <translation>더 최신</translation>
        </message>
        <message>
            <source>Not named as a copy</source>
            <translation>사본으로 이름 붙지 않음</translation>
        </message>
        <message>
            <source>Shorter path</source>
            <translation>경로가 더 짧음</translation>
        </message>
        <message>
            <source>A photo that could be read to its end stays rather than one that breaks off.</source>
            <translation>중간에 끊긴 사진보다 끝까지 읽힌 사진을 남깁니다.</translation>
        </message>
        <message>
            <source>Photos in a folder with a lock stay. Nothing in it is ever cleared, whatever the order here.</source>
            <translation>자물쇠가 있는 폴더의 사진을 남깁니다. 순서와 상관없이 그 안의 파일은 절대 정리하지 않습니다.</translation>
        </message>
        <message>
            <source>Photos in the folders listed below stay, those of the first folder first.</source>
            <translation>아래 폴더에 있는 사진을 남기며, 앞선 폴더가 먼저입니다.</translation>
        </message>
        <message>
            <source>A camera's raw file stays first, then a file as the camera wrote it, then what other programs saved.</source>
            <translation>카메라 RAW 파일이 먼저이고, 다음은 카메라가 쓴 그대로의 파일, 그다음은 다른 프로그램이 저장한 파일입니다.</translation>
        </message>
        <message>
            <source>The photo with more pixels of picture stays; borders and bars do not count, nor do differences below 2 %.</source>
            <translation>그림의 화소가 더 많은 사진을 남깁니다. 테두리와 여백, 2 % 미만의 차이는 세지 않습니다.</translation>
        </message>
        <message>
            <source>The photo that lost less when it was saved stays: lossless formats, then the higher JPEG quality.</source>
            <translation>저장할 때 덜 손실된 사진을 남깁니다. 무손실 형식, 그다음 JPEG 품질이 높은 순입니다.</translation>
        </message>
        <message>
            <source>The photo with more to lose stays: position and rating count most, then date, camera and lens.</source>
            <translation>잃을 정보가 더 많은 사진을 남깁니다. 위치와 평점이 가장 중요하고, 다음은 날짜, 카메라, 렌즈입니다.</translation>
        </message>
        <message>
            <source>The photo with the finer detail stays.</source>
            <translation>더 세밀한 사진을 남깁니다.</translation>
        </message>
        <message>
            <source>The photo that was taken earlier stays, or whose file is older.</source>
            <translation>먼저 찍은 사진, 또는 파일이 더 오래된 사진을 남깁니다.</translation>
        </message>
        <message>
            <source>The photo that was taken later stays, or whose file is newer.</source>
            <translation>나중에 찍은 사진, 또는 파일이 더 최신인 사진을 남깁니다.</translation>
        </message>
        <message>
            <source>A file whose name looks like a copy, such as “(1)” or “copy”, goes first.</source>
            <translation>“(1)”이나 “copy”처럼 사본 같은 이름의 파일을 먼저 정리합니다.</translation>
        </message>
        <message>
            <source>The photo that lies less deep, under a shorter name, stays.</source>
            <translation>덜 깊은 곳에 더 짧은 이름으로 있는 사진을 남깁니다.</translation>
        </message>
    </context>
    <context>
        <name>KeysDialog</name>
        <message>
            <source>Keyboard</source>
            <translation>키보드</translation>
        </message>
    </context>
    <context>
        <name>LibraryNotice</name>
        <message>
            <source>The library was restored</source>
            <translation>라이브러리를 복원했습니다</translation>
        </message>
        <message>
            <source>The library of your decisions was damaged and is restored from its backup of {saved}. What you decided after that is lost; no photo is.</source>
            <translation>결정을 기록한 라이브러리가 손상되어 {saved}의 백업에서 복원했습니다. 그 뒤에 내린 결정은 사라졌지만 사진은 하나도 잃지 않았습니다.</translation>
        </message>
        <message>
            <source>The damaged file is kept as {path}.</source>
            <translation>손상된 파일은 {path}(으)로 보관합니다.</translation>
        </message>
    </context>
    <context>
        <name>MainWindow</name>
        <message>
            <source>Folders</source>
            <translation>폴더</translation>
        </message>
        <message>
            <source>Tools</source>
            <translation>도구</translation>
        </message>
        <message>
            <source>Comparing</source>
            <translation>비교</translation>
        </message>
        <message>
            <source>Searching</source>
            <translation>검색할 때</translation>
        </message>
        <message>
            <source>Add a folder</source>
            <translation>폴더 추가</translation>
        </message>
        <message>
            <source>Search by photo</source>
            <translation>사진으로 검색</translation>
        </message>
        <message>
            <source>There is no picture on the clipboard</source>
            <translation>클립보드에 그림이 없습니다</translation>
        </message>
    </context>
    <context>
        <name>MarkActions</name>
        <message>
            <source>Mark for clearing</source>
            <translation>정리 표시</translation>
        </message>
        <message>
            <source>Mark all but the keeper</source>
            <translation>남길 사진 외 모두 표시</translation>
        </message>
        <message>
            <source>Keep all of the group</source>
            <translation>그룹 모두 남기기</translation>
        </message>
        <message>
            <source>Make it the keeper</source>
            <translation>이 사진을 남기기</translation>
        </message>
        <message>
            <source>Let this photo stay; the others are verified against it</source>
            <translation>이 사진을 남기고, 다른 사진을 이것과 다시 비교합니다</translation>
        </message>
        <message>
            <source>Not a duplicate</source>
            <translation>중복 아님</translation>
        </message>
        <message>
            <source>No duplicates in this group</source>
            <translation>이 그룹에 중복 없음</translation>
        </message>
        <message>
            <source>Mark every safe copy</source>
            <translation>안전한 사본 모두 표시</translation>
        </message>
        <message>
            <source>Identical files and images, and photos that were only saved again</source>
            <translation>같은 파일과 그림, 그리고 다시 저장만 된 사진</translation>
        </message>
        <message>
            <source>Take off every mark</source>
            <translation>표시 모두 지우기</translation>
        </message>
        <message>
            <source>Undo</source>
            <translation>실행 취소</translation>
        </message>
        <message>
            <source>Redo</source>
            <translation>다시 실행</translation>
        </message>
        <message>
            <source>History …</source>
            <translation>기록 …</translation>
        </message>
        <message>
            <source>Take the mark off</source>
            <translation>표시 지우기</translation>
        </message>
        <message>
            <source>Clear {photos} ({size})</source>
            <translation>{photos} 정리({size})</translation>
        </message>
        <message>
            <source>Clear</source>
            <translation>정리</translation>
        </message>
        <message>
            <source>take the mark off</source>
            <translation>표시 지우기</translation>
        </message>
        <message>
            <source>mark</source>
            <translation>표시</translation>
        </message>
        <message>
            <source>mark the group</source>
            <translation>그룹 표시</translation>
        </message>
        <message>
            <source>keep the group</source>
            <translation>그룹 남기기</translation>
        </message>
        <message>
            <source>another keeper</source>
            <translation>남길 사진 바꾸기</translation>
        </message>
        <message>
            <source>not a duplicate</source>
            <translation>중복 아님</translation>
        </message>
        <message>
            <source>no duplicates</source>
            <translation>중복 없음</translation>
        </message>
        <message>
            <source>mark every safe copy</source>
            <translation>안전한 사본 모두 표시</translation>
        </message>
        <message>
            <source>take off every mark</source>
            <translation>표시 모두 지우기</translation>
        </message>
    </context>
    <context>
        <name>MetadataTable</name>
        <message>
            <source>Keeper</source>
            <translation>남길 사진</translation>
        </message>
        <message>
            <source>The other photo</source>
            <translation>다른 사진</translation>
        </message>
        <message>
            <source>Properties of the two photos</source>
            <translation>두 사진의 속성</translation>
        </message>
        <message>
            <source>Name</source>
            <translation>이름</translation>
        </message>
        <message>
            <source>Folder</source>
            <translation>폴더</translation>
        </message>
        <message>
            <source>Dimensions</source>
            <translation>가로세로</translation>
        </message>
        <message>
            <source>Size</source>
            <translation>크기</translation>
        </message>
        <message>
            <source>Format</source>
            <translation>형식</translation>
        </message>
        <message>
            <source>Taken</source>
            <translation>촬영 시각</translation>
        </message>
        <message>
            <source>Camera</source>
            <translation>카메라</translation>
        </message>
        <message>
            <source>Lens</source>
            <translation>렌즈</translation>
        </message>
        <message>
            <source>Position</source>
            <translation>위치</translation>
        </message>
        <message>
            <source>Rating</source>
            <translation>별점</translation>
        </message>
        <message>
            <source>Software</source>
            <translation>소프트웨어</translation>
        </message>
        <message>
            <source>JPEG quality</source>
            <translation>JPEG 품질</translation>
        </message>
        <message>
            <source>Damaged</source>
            <translation>손상</translation>
        </message>
        <message>
            <source>yes</source>
            <translation>예</translation>
        </message>
    </context>
    <context>
        <name>Pages</name>
        <message>
            <source>Duplicates</source>
            <translation>중복</translation>
        </message>
        <message>
            <source>Similar shots</source>
            <translation>비슷한 컷</translation>
        </message>
        <message>
            <source>Search</source>
            <translation>검색</translation>
        </message>
        <message>
            <source>Problems</source>
            <translation>문제</translation>
        </message>
        <message>
            <source>The groups appear here as they are found.</source>
            <translation>찾는 대로 그룹이 여기에 나타납니다.</translation>
        </message>
        <message>
            <source>Scanning …</source>
            <translation>검사 중 …</translation>
        </message>
        <message>
            <source>Photos that were read before are not read again.</source>
            <translation>이미 읽은 사진은 다시 읽지 않습니다.</translation>
        </message>
        <message>
            <source>Ready to scan</source>
            <translation>검사할 준비가 되었습니다</translation>
        </message>
        <message>
            <source>What was read is kept; the next scan goes on from there.</source>
            <translation>읽은 내용은 남아 있어서 다음 검사는 거기서 이어집니다.</translation>
        </message>
        <message>
            <source>The scan was cancelled</source>
            <translation>검사를 취소했습니다</translation>
        </message>
        <message>
            <source>A lower strictness, above on the right, finds more.</source>
            <translation>오른쪽 위의 엄격도를 낮추면 더 많이 찾습니다.</translation>
        </message>
        <message>
            <source>No duplicates were found</source>
            <translation>중복을 찾지 못했습니다</translation>
        </message>
        <message>
            <source>Searched for</source>
            <translation>검색한 사진</translation>
        </message>
    </context>
    <context>
        <name>PairsDialog</name>
        <message>
            <source>Folders that share photos</source>
            <translation>사진이 겹치는 폴더</translation>
        </message>
        <message>
            <source>Of the photos in</source>
            <translation>이 폴더의 사진</translation>
        </message>
        <message>
            <source>are</source>
            <translation>수</translation>
        </message>
        <message>
            <source>also in</source>
            <translation>함께 있는 폴더</translation>
        </message>
        <message>
            <source>Size</source>
            <translation>크기</translation>
        </message>
        <message>
            <source>Counting …</source>
            <translation>세는 중 …</translation>
        </message>
        <message>
            <source>Show their groups</source>
            <translation>그룹 보기</translation>
        </message>
        <message>
            <source>Close</source>
            <translation>닫기</translation>
        </message>
        <message>
            <source>{shared} of {all}</source>
            <translation>{all} 중 {shared}</translation>
        </message>
        <message>
            <source>No two folders share photos.</source>
            <translation>사진이 겹치는 폴더가 없습니다.</translation>
        </message>
    </context>
    <context>
        <name>PhotoActions</name>
        <message>
            <source>Compare</source>
            <translation>비교</translation>
        </message>
        <message>
            <source>Find similar photos</source>
            <translation>비슷한 사진 찾기</translation>
        </message>
        <message>
            <source>Open</source>
            <translation>열기</translation>
        </message>
        <message>
            <source>Show in folder</source>
            <translation>폴더에서 보기</translation>
        </message>
        <message>
            <source>Copy</source>
            <translation>복사</translation>
        </message>
        <message>
            <source>Copy path</source>
            <translation>경로 복사</translation>
        </message>
        <message>
            <source>No program opened {name}</source>
            <translation>{name}을(를) 열 프로그램이 없습니다</translation>
        </message>
        <message>
            <source>No file manager opened {name}</source>
            <translation>{name}을(를) 열 파일 관리자가 없습니다</translation>
        </message>
    </context>
    <context>
        <name>ProblemsPage</name>
        <message>
            <source>Problems</source>
            <translation>문제</translation>
        </message>
        <message>
            <source>Files that cannot be read are listed here.</source>
            <translation>읽을 수 없는 파일이 여기에 표시됩니다.</translation>
        </message>
        <message>
            <source>Every photo was read without a problem.</source>
            <translation>모든 사진을 문제없이 읽었습니다.</translation>
        </message>
        <message>
            <source>&amp;Limits …</source>
            <translation>한도(&amp;L) …</translation>
        </message>
        <message>
            <source>Allow larger photos, or more time for one</source>
            <translation>더 큰 사진이나 사진 한 장에 더 긴 시간을 허용합니다</translation>
        </message>
        <message>
            <source>Show in folder</source>
            <translation>폴더에서 보기</translation>
        </message>
        <message>
            <source>Copy path</source>
            <translation>경로 복사</translation>
        </message>
        <message>
            <source>What could not be read is tried again when it changes, or when you ask.</source>
            <translation>읽지 못한 파일은 파일이 바뀌거나 요청할 때 다시 시도합니다.</translation>
        </message>
        <message>
            <source>File or folder</source>
            <translation>파일 또는 폴더</translation>
        </message>
        <message>
            <source>Problem</source>
            <translation>문제</translation>
        </message>
        <message>
            <source>Reason</source>
            <translation>이유</translation>
        </message>
        <message>
            <source>&amp;Try again</source>
            <translation>다시 시도(&amp;T)</translation>
        </message>
    </context>
    <context>
        <name>ReportDialog</name>
        <message>
            <source>Report a problem</source>
            <translation>문제 신고</translation>
        </message>
        <message>
            <source>Versions, figures and the last problems. Nothing is sent: copy it into your report, and add what you did and what happened.</source>
            <translation>버전, 수치, 최근의 문제입니다. 아무것도 전송하지 않습니다. 신고에 복사해 넣고, 무엇을 했고 무슨 일이 있었는지 덧붙여 주세요.</translation>
        </message>
        <message>
            <source>Report</source>
            <translation>신고 내용</translation>
        </message>
        <message>
            <source>With the names of photos and folders, and the log</source>
            <translation>사진과 폴더의 이름, 로그 포함</translation>
        </message>
        <message>
            <source>&amp;Copy</source>
            <translation>복사(&amp;C)</translation>
        </message>
        <message>
            <source>&amp;Save …</source>
            <translation>저장(&amp;S) …</translation>
        </message>
        <message>
            <source>Save the report</source>
            <translation>신고 내용 저장</translation>
        </message>
    </context>
    <context>
        <name>ReviewPage</name>
        <message>
            <source>Groups</source>
            <translation>그룹</translation>
        </message>
        <message numerus="yes">
            <source>%n group(s) undecided</source>
            <translation>
                <numerusform>정하지 않은 그룹 %n개</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>%n group(s) hidden by the filter</source>
            <translation>
                <numerusform>그룹 %n개가 필터에 가려짐</numerusform>
            </translation>
        </message>
    </context>
    <context>
        <name>ScanBar</name>
        <message>
            <source>Progress of the scan</source>
            <translation>검사 진행률</translation>
        </message>
        <message>
            <source>Starting …</source>
            <translation>시작하는 중 …</translation>
        </message>
        <message>
            <source>Paused</source>
            <translation>일시 정지됨</translation>
        </message>
        <message>
            <source>Ready</source>
            <translation>준비됨</translation>
        </message>
        <message>
            <source>{photos} looked at in {duration}</source>
            <translation>{photos}을 {duration} 동안 살펴봄</translation>
        </message>
        <message>
            <source>{count} more only glanced at: search does not find them</source>
            <translation>{count}장은 훑어보기만 해서 검색으로 찾을 수 없음</translation>
        </message>
        <message>
            <source>on {device}</source>
            <translation>{device} 사용</translation>
        </message>
        <message>
            <source>The network {model} ran on {device}</source>
            <translation>신경망 {model}을(를) {device}에서 실행함</translation>
        </message>
        <message>
            <source>CUDA is not used: {reason}</source>
            <translation>CUDA를 사용하지 않음: {reason}</translation>
        </message>
        <message>
            <source>Scan cancelled; what was read is kept for the next scan</source>
            <translation>검사를 취소했습니다. 읽은 내용은 다음 검사를 위해 남겨 둡니다</translation>
        </message>
    </context>
    <context>
        <name>SearchPage</name>
        <message>
            <source>Searched for</source>
            <translation>검색한 사진</translation>
        </message>
        <message>
            <source>Photos found</source>
            <translation>찾은 사진</translation>
        </message>
        <message>
            <source>Save as picture …</source>
            <translation>그림으로 저장 …</translation>
        </message>
        <message>
            <source>Save the result as a picture</source>
            <translation>결과를 그림으로 저장</translation>
        </message>
        <message>
            <source>Search by a part …</source>
            <translation>일부로 검색 …</translation>
        </message>
        <message>
            <source>Frame a part of the query and search for that</source>
            <translation>검색한 사진의 일부에 틀을 그려 그 부분으로 검색합니다</translation>
        </message>
        <message>
            <source>everything ever scanned</source>
            <translation>지금까지 검사한 모든 사진</translation>
        </message>
        <message>
            <source>the folders on the left</source>
            <translation>왼쪽의 폴더</translation>
        </message>
        <message>
            <source>Likeness is 1 for the same picture; unrelated photos are near 0</source>
            <translation>같은 그림이면 유사도가 1이고, 관계없는 사진은 0에 가깝습니다</translation>
        </message>
        <message>
            <source>Look in</source>
            <translation>검색 위치</translation>
        </message>
        <message>
            <source>At most</source>
            <translation>최대</translation>
        </message>
        <message>
            <source>Likeness from</source>
            <translation>최소 유사도</translation>
        </message>
        <message>
            <source>Drop a photo here to find the ones most like it.
You can also paste a picture, or choose “Find similar photos” on any photo.</source>
            <translation>여기에 사진을 놓으면 가장 비슷한 사진을 찾습니다.
그림을 붙여넣거나, 아무 사진에서나 “비슷한 사진 찾기”를 골라도 됩니다.</translation>
        </message>
        <message>
            <source>Searching …</source>
            <translation>검색 중 …</translation>
        </message>
        <message>
            <source>PNG pictures (*.png)</source>
            <translation>PNG 그림 (*.png)</translation>
        </message>
        <message>
            <source>The picture was saved: {path}</source>
            <translation>그림을 저장했습니다: {path}</translation>
        </message>
        <message numerus="yes">
            <source>%n photo(s) like {name}, the most similar first</source>
            <translation>
                <numerusform>{name}과(와) 비슷한 사진 %n장, 가장 비슷한 순</numerusform>
            </translation>
        </message>
    </context>
    <context>
        <name>Searcher</name>
        <message>
            <source>Pasted picture {number}</source>
            <translation>붙여넣은 그림 {number}</translation>
        </message>
        <message>
            <source>Part of {name}</source>
            <translation>{name}의 일부</translation>
        </message>
    </context>
    <context>
        <name>SettingsDialog</name>
        <message>
            <source>Settings</source>
            <translation>설정</translation>
        </message>
        <message>
            <source>Pages</source>
            <translation>쪽</translation>
        </message>
        <message>
            <source>General</source>
            <translation>일반</translation>
        </message>
        <message>
            <source>Scanning</source>
            <translation>검사</translation>
        </message>
        <message>
            <source>Keep rules</source>
            <translation>남길 사진 기준</translation>
        </message>
        <message>
            <source>the built-in network</source>
            <translation>내장 신경망</translation>
        </message>
        <message>
            <source>As the system</source>
            <translation>시스템 설정대로</translation>
        </message>
        <message>
            <source>Light</source>
            <translation>밝게</translation>
        </message>
        <message>
            <source>Dark</source>
            <translation>어둡게</translation>
        </message>
        <message>
            <source>&amp;Language</source>
            <translation>언어(&amp;L)</translation>
        </message>
        <message>
            <source>&amp;Theme</source>
            <translation>테마(&amp;T)</translation>
        </message>
        <message>
            <source>&amp;Previews on disk, at most</source>
            <translation>디스크의 미리보기, 최대(&amp;P)</translation>
        </message>
        <message>
            <source>The oldest previews go first; at need they are made again.</source>
            <translation>오래된 미리보기부터 지우며, 필요하면 다시 만듭니다.</translation>
        </message>
        <message>
            <source>The graphics card where that works</source>
            <translation>가능하면 그래픽 카드</translation>
        </message>
        <message>
            <source>The processor</source>
            <translation>프로세서</translation>
        </message>
        <message>
            <source>The graphics card (CUDA) only</source>
            <translation>그래픽 카드(CUDA)만</translation>
        </message>
        <message>
            <source>one for each core</source>
            <translation>코어마다 하나</translation>
        </message>
        <message>
            <source> megapixels</source>
            <translation> 메가픽셀</translation>
        </message>
        <message>
            <source> seconds</source>
            <translation>초</translation>
        </message>
        <message>
            <source>&amp;Quick scan: read only photos that may have a copy</source>
            <translation>빠른 검사(&amp;Q): 복사본이 있을 법한 사진만 읽기</translation>
        </message>
        <message>
            <source>Looks at the small pictures in camera files first. Measured with photos of 12 megapixels: {gain} times as fast where one in ten was a copy, {most} times where none was. Of {pairs} pairs that a full scan found, it missed {missed}.</source>
            <translation>카메라 파일에 든 작은 그림을 먼저 봅니다. 1,200만 화소 사진으로 재어 보니 열 장 가운데 한 장이 복사본이면 {gain}배, 복사본이 없으면 {most}배 빨랐고, 전체 검사가 찾은 {pairs}쌍 가운데 {missed}쌍을 놓쳤습니다.</translation>
        </message>
        <message>
            <source>What was only glanced at is not found by search, and damage in it goes unnoticed, until a scan without this switch reads it.</source>
            <translation>훑어보기만 한 사진은, 이 설정을 끄고 검사하여 읽기 전까지 검색으로 찾을 수 없고 손상되었어도 드러나지 않습니다.</translation>
        </message>
        <message>
            <source>&amp;Watch the folders and read new photos as they come</source>
            <translation>폴더를 지켜보며 새 사진이 생기면 읽기(&amp;W)</translation>
        </message>
        <message>
            <source>Choose …</source>
            <translation>고르기 …</translation>
        </message>
        <message>
            <source>Built-in</source>
            <translation>내장</translation>
        </message>
        <message>
            <source>The network runs &amp;on</source>
            <translation>신경망 실행 장치(&amp;O)</translation>
        </message>
        <message>
            <source>Processes that &amp;read photos</source>
            <translation>사진을 읽는 프로세스(&amp;R)</translation>
        </message>
        <message>
            <source>Names to leave &amp;out</source>
            <translation>제외할 이름(&amp;O)</translation>
        </message>
        <message>
            <source>Names, or paths below a folder, that are not scanned; commas between them</source>
            <translation>검사하지 않을 이름이나 폴더 아래 경로. 쉼표로 구분합니다</translation>
        </message>
        <message>
            <source>In the background, after everything else; the next scan is quick then.</source>
            <translation>다른 일이 없을 때 뒤에서 합니다. 그러면 다음 검사가 빨라집니다.</translation>
        </message>
        <message>
            <source>&amp;Largest photo</source>
            <translation>가장 큰 사진(&amp;L)</translation>
        </message>
        <message>
            <source>One photo may &amp;take</source>
            <translation>사진 한 장에 걸리는 시간 한도(&amp;T)</translation>
        </message>
        <message>
            <source>Larger and slower photos are listed as problems; what a higher limit allows is read by the next scan. Large ones take memory: four bytes a pixel.</source>
            <translation>더 크거나 더 오래 걸리는 사진은 문제로 표시됩니다. 한도를 높이면 그 사진을 다음 검사 때 읽습니다. 큰 사진은 메모리를 많이 씁니다(픽셀당 4바이트).</translation>
        </message>
        <message>
            <source>Network</source>
            <translation>신경망</translation>
        </message>
        <message>
            <source>With another network every photo is read again.</source>
            <translation>신경망을 바꾸면 모든 사진을 다시 읽습니다.</translation>
        </message>
        <message>
            <source>Choose a network</source>
            <translation>신경망 고르기</translation>
        </message>
        <message>
            <source>Networks (*.onnx)</source>
            <translation>신경망 (*.onnx)</translation>
        </message>
    </context>
    <context>
        <name>StrictnessBar</name>
        <message>
            <source>How sure a pair must be: broad finds more, strict is wrong less often</source>
            <translation>얼마나 확실해야 하는지: 느슨하면 더 많이 찾고, 엄격하면 덜 틀립니다</translation>
        </message>
        <message>
            <source>&amp;Strictness:</source>
            <translation>엄격도(&amp;S):</translation>
        </message>
        <message>
            <source>Broad</source>
            <translation>느슨함</translation>
        </message>
        <message>
            <source>Balanced</source>
            <translation>보통</translation>
        </message>
        <message>
            <source>Strict</source>
            <translation>엄격함</translation>
        </message>
        <message>
            <source>Rather broad</source>
            <translation>조금 느슨함</translation>
        </message>
        <message>
            <source>Rather strict</source>
            <translation>조금 엄격함</translation>
        </message>
    </context>
    <context>
        <name>Watcher</name>
        <message>
            <source>Watching {folders}</source>
            <translation>{folders} 지켜보는 중</translation>
        </message>
        <message>
            <source>Reading new photos …</source>
            <translation>새 사진을 읽는 중 …</translation>
        </message>
        <message>
            <source>{photos} read: scan to compare</source>
            <translation>{photos}을 읽음: 검사하면 비교합니다</translation>
        </message>
        <message>
            <source>Photos were deleted or moved: scan to follow</source>
            <translation>사진이 지워지거나 옮겨짐: 검사하면 반영됩니다</translation>
        </message>
        <message>
            <source>Watching has stopped</source>
            <translation>지켜보기가 중단됨</translation>
        </message>
    </context>
    <context>
        <name>WelcomePage</name>
        <message>
            <source>Drop folders here</source>
            <translation>여기에 폴더를 놓으세요</translation>
        </message>
        <message>
            <source>Photos in them that are copies of one another are found and grouped.</source>
            <translation>폴더 안에서 서로 사본인 사진을 찾아 그룹으로 묶습니다.</translation>
        </message>
        <message>
            <source>Scanning only reads your photos. Nothing leaves this computer.</source>
            <translation>검사는 사진을 읽기만 합니다. 아무것도 이 컴퓨터 밖으로 나가지 않습니다.</translation>
        </message>
        <message>
            <source>What you clear is moved into a holding folder beside the photos, never deleted, and you can take it back.</source>
            <translation>정리한 사진은 지우지 않고 사진 옆의 보관 폴더로 옮기며, 되돌릴 수 있습니다.</translation>
        </message>
        <message>
            <source>Decisions and settings are kept in {folder}.</source>
            <translation>결정과 설정은 {folder}에 저장됩니다.</translation>
        </message>
        <message>
            <source>Painting sample photos …</source>
            <translation>예제 사진을 그리는 중 …</translation>
        </message>
        <message>
            <source>Try it with sample photos</source>
            <translation>예제 사진으로 해 보기</translation>
        </message>
    </context>
    <context>
        <name>WindowActions</name>
        <message>
            <source>&amp;Add folder …</source>
            <translation>폴더 추가(&amp;A) …</translation>
        </message>
        <message>
            <source>&amp;Search by photo …</source>
            <translation>사진으로 검색(&amp;S) …</translation>
        </message>
        <message>
            <source>Search by &amp;pasted picture</source>
            <translation>붙여넣은 그림으로 검색(&amp;P)</translation>
        </message>
        <message>
            <source>&amp;Quit</source>
            <translation>끝내기(&amp;Q)</translation>
        </message>
        <message>
            <source>&amp;Scan</source>
            <translation>검사(&amp;S)</translation>
        </message>
        <message>
            <source>&amp;Pause</source>
            <translation>일시 정지(&amp;P)</translation>
        </message>
        <message>
            <source>&amp;Cancel the scan</source>
            <translation>검사 취소(&amp;C)</translation>
        </message>
        <message>
            <source>S&amp;ettings …</source>
            <translation>설정(&amp;E) …</translation>
        </message>
        <message>
            <source>&amp;Keep rules …</source>
            <translation>남길 사진 기준(&amp;K) …</translation>
        </message>
        <message>
            <source>Folders that share photos …</source>
            <translation>사진이 겹치는 폴더 …</translation>
        </message>
        <message>
            <source>Already in the library? …</source>
            <translation>이미 보관된 사진인가요? …</translation>
        </message>
        <message>
            <source>Decisions …</source>
            <translation>내린 결정 …</translation>
        </message>
        <message>
            <source>&amp;Next group</source>
            <translation>다음 그룹(&amp;N)</translation>
        </message>
        <message>
            <source>&amp;Previous group</source>
            <translation>이전 그룹(&amp;P)</translation>
        </message>
        <message>
            <source>&amp;Keyboard</source>
            <translation>키보드(&amp;K)</translation>
        </message>
        <message>
            <source>&amp;About photodedup</source>
            <translation>photodedup 정보(&amp;A)</translation>
        </message>
        <message>
            <source>As the system</source>
            <translation>시스템 설정대로</translation>
        </message>
        <message>
            <source>Light</source>
            <translation>밝게</translation>
        </message>
        <message>
            <source>Dark</source>
            <translation>어둡게</translation>
        </message>
        <message>
            <source>&amp;Recent folders</source>
            <translation>최근 폴더(&amp;R)</translation>
        </message>
        <message>
            <source>&amp;Resume</source>
            <translation>계속(&amp;R)</translation>
        </message>
        <message>
            <source>&amp;File</source>
            <translation>파일(&amp;F)</translation>
        </message>
        <message>
            <source>&amp;Photo</source>
            <translation>사진(&amp;P)</translation>
        </message>
        <message>
            <source>&amp;Clear</source>
            <translation>정리(&amp;C)</translation>
        </message>
        <message>
            <source>&amp;View</source>
            <translation>보기(&amp;V)</translation>
        </message>
        <message>
            <source>&amp;Help</source>
            <translation>도움말(&amp;H)</translation>
        </message>
        <message>
            <source>&amp;Theme</source>
            <translation>테마(&amp;T)</translation>
        </message>
        <message>
            <source>&amp;Language</source>
            <translation>언어(&amp;L)</translation>
        </message>
        <message>
            <source>&amp;Report a problem …</source>
            <translation>문제 신고(&amp;R) …</translation>
        </message>
    </context>
    <context>
        <name>WindowDialogs</name>
        <message>
            <source>The scan stopped</source>
            <translation>검사가 중단되었습니다</translation>
        </message>
        <message>
            <source>mark what the library has</source>
            <translation>이미 보관된 사진 표시</translation>
        </message>
    </context>
    <context>
        <name>_Counts</name>
        <message numerus="yes">
            <source>%n group(s)</source>
            <translation>
                <numerusform>그룹 %n개</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>%n photo(s)</source>
            <translation>
                <numerusform>사진 %n장</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>%n file(s)</source>
            <translation>
                <numerusform>파일 %n개</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>%n marked</source>
            <translation>
                <numerusform>%n장 표시됨</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>%n folder(s)</source>
            <translation>
                <numerusform>폴더 %n개</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>%n new photo(s)</source>
            <translation>
                <numerusform>새 사진 %n장</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>%n keeper(s) of {total} would change</source>
            <translation>
                <numerusform>{total}개 그룹 중 %n개에서 남길 사진이 바뀝니다</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>differs in %n place(s)</source>
            <translation>
                <numerusform>%n곳이 다름</numerusform>
            </translation>
        </message>
    </context>
    <context>
        <name>messages</name>
        <message>
            <source>Identical file</source>
            <translation>같은 파일</translation>
        </message>
        <message>
            <source>Identical image</source>
            <translation>같은 그림</translation>
        </message>
        <message>
            <source>Saved again</source>
            <translation>다시 저장됨</translation>
        </message>
        <message>
            <source>Edited</source>
            <translation>편집됨</translation>
        </message>
        <message>
            <source>Similar shot</source>
            <translation>비슷한 컷</translation>
        </message>
        <message>
            <source>Keeper</source>
            <translation>남길 사진</translation>
        </message>
        <message>
            <source>not found alike this keeper</source>
            <translation>이 사진과 같다고 확인되지 않음</translation>
        </message>
        <message>
            <source>Not verified</source>
            <translation>확인 안 됨</translation>
        </message>
        <message>
            <source>Clear</source>
            <translation>정리</translation>
        </message>
        <message>
            <source>identical file</source>
            <translation>같은 파일</translation>
        </message>
        <message>
            <source>another shot of the scene</source>
            <translation>같은 장면의 다른 컷</translation>
        </message>
        <message>
            <source>identical image, the file differs</source>
            <translation>그림은 같고 파일만 다름</translation>
        </message>
        <message>
            <source>edited</source>
            <translation>편집됨</translation>
        </message>
        <message>
            <source>saved as {format}</source>
            <translation>{format} 형식으로 저장됨</translation>
        </message>
        <message>
            <source>saved again</source>
            <translation>다시 저장됨</translation>
        </message>
        <message>
            <source>at {percent} % size</source>
            <translation>{percent} % 크기</translation>
        </message>
        <message>
            <source>cropped to {percent} %</source>
            <translation>{percent} %로 잘림</translation>
        </message>
        <message>
            <source>rotated by {degrees}°</source>
            <translation>{degrees}° 회전</translation>
        </message>
        <message>
            <source>mirrored</source>
            <translation>좌우 반전</translation>
        </message>
        <message>
            <source>with a border</source>
            <translation>테두리 있음</translation>
        </message>
        <message>
            <source>black and white</source>
            <translation>흑백</translation>
        </message>
        <message>
            <source>sepia</source>
            <translation>세피아</translation>
        </message>
        <message>
            <source>brighter</source>
            <translation>더 밝음</translation>
        </message>
        <message>
            <source>darker</source>
            <translation>더 어두움</translation>
        </message>
        <message>
            <source>other contrast</source>
            <translation>대비가 다름</translation>
        </message>
        <message>
            <source>other colours</source>
            <translation>색이 다름</translation>
        </message>
        <message>
            <source>blurred</source>
            <translation>흐림</translation>
        </message>
        <message>
            <source>sharpened</source>
            <translation>선명하게 함</translation>
        </message>
        <message>
            <source>contrast equalised</source>
            <translation>대비를 고르게 함</translation>
        </message>
        <message>
            <source>negative</source>
            <translation>색 반전</translation>
        </message>
        <message>
            <source>undamaged</source>
            <translation>손상되지 않음</translation>
        </message>
        <message>
            <source>in a protected folder</source>
            <translation>보호된 폴더에 있음</translation>
        </message>
        <message>
            <source>in a preferred folder</source>
            <translation>우선 폴더에 있음</translation>
        </message>
        <message>
            <source>original camera file</source>
            <translation>카메라 원본 파일</translation>
        </message>
        <message>
            <source>camera raw file</source>
            <translation>카메라 RAW 파일</translation>
        </message>
        <message>
            <source>larger</source>
            <translation>더 큼</translation>
        </message>
        <message>
            <source>less compressed</source>
            <translation>덜 압축됨</translation>
        </message>
        <message>
            <source>richer metadata</source>
            <translation>메타데이터가 더 많음</translation>
        </message>
        <message>
            <source>sharper</source>
            <translation>더 선명함</translation>
        </message>
        <message>
            <source>older</source>
            <translation>더 오래됨</translation>
        </message>
        <message>
            <source>newer</source>
            <translation>더 최신</translation>
        </message>
        <message>
            <source>not named as a copy</source>
            <translation>사본으로 이름 붙지 않음</translation>
        </message>
        <message>
            <source>shorter path</source>
            <translation>경로가 더 짧음</translation>
        </message>
        <message>
            <source>chosen by hand</source>
            <translation>직접 고름</translation>
        </message>
        <message>
            <source>equal in every way, first by name</source>
            <translation>모든 점이 같아 이름순으로 첫 번째</translation>
        </message>
        <message>
            <source>Folder is missing</source>
            <translation>폴더가 없음</translation>
        </message>
        <message>
            <source>Folder cannot be read</source>
            <translation>폴더를 읽을 수 없음</translation>
        </message>
        <message>
            <source>File cannot be read</source>
            <translation>파일을 읽을 수 없음</translation>
        </message>
        <message>
            <source>Empty file</source>
            <translation>빈 파일</translation>
        </message>
        <message>
            <source>Not a photo</source>
            <translation>사진이 아님</translation>
        </message>
        <message>
            <source>Damaged photo</source>
            <translation>손상된 사진</translation>
        </message>
        <message>
            <source>Photo cannot be decoded</source>
            <translation>사진을 해독할 수 없음</translation>
        </message>
        <message>
            <source>Photo is too large</source>
            <translation>사진이 너무 큼</translation>
        </message>
        <message>
            <source>Took too long</source>
            <translation>시간이 너무 오래 걸림</translation>
        </message>
        <message>
            <source>Crashed the decoder</source>
            <translation>해독기가 비정상 종료됨</translation>
        </message>
        <message>
            <source>Format is not supported</source>
            <translation>지원하지 않는 형식</translation>
        </message>
        <message>
            <source>watched</source>
            <translation>지켜보는 중</translation>
        </message>
        <message>
            <source>looked at now and then: a network drive</source>
            <translation>가끔 살펴봄: 네트워크 드라이브</translation>
        </message>
        <message>
            <source>looked at now and then: the system allows no more watches ({way_out})</source>
            <translation>가끔 살펴봄: 시스템이 더는 감시를 허용하지 않음 ({way_out})</translation>
        </message>
        <message>
            <source>looked at now and then: the system tells nothing of it</source>
            <translation>가끔 살펴봄: 시스템이 변경을 알려 주지 않음</translation>
        </message>
        <message>
            <source>not there</source>
            <translation>연결되지 않음</translation>
        </message>
        <message>
            <source>stopped before it</source>
            <translation>그 전에 멈춤</translation>
        </message>
        <message>
            <source>it is gone</source>
            <translation>파일이 없음</translation>
        </message>
        <message>
            <source>it is no file</source>
            <translation>파일이 아님</translation>
        </message>
        <message>
            <source>it changed since the scan</source>
            <translation>검사 뒤에 바뀜</translation>
        </message>
        <message>
            <source>it cannot be read</source>
            <translation>읽을 수 없음</translation>
        </message>
        <message>
            <source>the photo to keep is gone</source>
            <translation>남길 사진이 없음</translation>
        </message>
        <message>
            <source>the photo to keep changed</source>
            <translation>남길 사진이 바뀜</translation>
        </message>
        <message>
            <source>the photo to keep cannot be read</source>
            <translation>남길 사진을 읽을 수 없음</translation>
        </message>
        <message>
            <source>the photo to keep is damaged</source>
            <translation>남길 사진이 손상됨</translation>
        </message>
        <message>
            <source>it is the photo to keep by another name</source>
            <translation>이름만 다른 남길 사진 그 자체임</translation>
        </message>
        <message>
            <source>it lies in a protected folder</source>
            <translation>보호된 폴더에 있음</translation>
        </message>
        <message>
            <source>it is in a holding folder already</source>
            <translation>이미 보관 폴더에 있음</translation>
        </message>
        <message>
            <source>you said that it is no duplicate</source>
            <translation>중복이 아니라고 하셨음</translation>
        </message>
        <message>
            <source>it is kept for other photos</source>
            <translation>다른 사진을 위해 남김</translation>
        </message>
        <message>
            <source>it belongs to a file that stays</source>
            <translation>남는 파일에 딸린 것임</translation>
        </message>
        <message>
            <source>it differs from the photo to keep</source>
            <translation>남길 사진과 다름</translation>
        </message>
        <message>
            <source>that is not allowed here</source>
            <translation>여기서는 허용되지 않음</translation>
        </message>
        <message>
            <source>it lies on another volume</source>
            <translation>다른 볼륨에 있음</translation>
        </message>
        <message>
            <source>it is not identical</source>
            <translation>똑같지 않음</translation>
        </message>
        <message>
            <source>another file has its name</source>
            <translation>같은 이름의 다른 파일이 있음</translation>
        </message>
        <message>
            <source>the disk reported an error</source>
            <translation>디스크 오류</translation>
        </message>
        <message>
            <source>it is not in the holding folder</source>
            <translation>보관 폴더에 없음</translation>
        </message>
        <message>
            <source>the holding folder is missing</source>
            <translation>보관 폴더가 없음</translation>
        </message>
        <message>
            <source>it has a sidecar already</source>
            <translation>이미 사이드카가 있음</translation>
        </message>
        <message>
            <source>only it has: {what}</source>
            <translation>여기에만 있음: {what}</translation>
        </message>
        <message>
            <source>goes along</source>
            <translation>함께 정리</translation>
        </message>
        <message>
            <source>Starting</source>
            <translation>시작하는 중</translation>
        </message>
        <message>
            <source>Looking for photos</source>
            <translation>사진 찾는 중</translation>
        </message>
        <message>
            <source>Glancing at photos</source>
            <translation>사진 훑어보는 중</translation>
        </message>
        <message>
            <source>Reading photos</source>
            <translation>사진 읽는 중</translation>
        </message>
        <message>
            <source>Looking for photos alike</source>
            <translation>비슷한 사진 찾는 중</translation>
        </message>
        <message>
            <source>Comparing photos</source>
            <translation>사진 비교하는 중</translation>
        </message>
        <message>
            <source>Forming groups</source>
            <translation>그룹 만드는 중</translation>
        </message>
        <message>
            <source>Moving photos</source>
            <translation>사진 옮기는 중</translation>
        </message>
        <message>
            <source>Putting photos back</source>
            <translation>사진 되돌리는 중</translation>
        </message>
        <message>
            <source>Starting …</source>
            <translation>시작하는 중 …</translation>
        </message>
        <message>
            <source>{done} of {total}</source>
            <translation>{total} 중 {done}</translation>
        </message>
        <message>
            <source>{rate} photos/s</source>
            <translation>초당 {rate}장</translation>
        </message>
        <message>
            <source>about {duration} left</source>
            <translation>약 {duration} 남음</translation>
        </message>
        <message>
            <source>{seconds} s</source>
            <translation>{seconds}초</translation>
        </message>
        <message>
            <source>{minutes} min</source>
            <translation>{minutes}분</translation>
        </message>
        <message>
            <source>{hours} h {minutes} min</source>
            <translation>{hours}시간 {minutes}분</translation>
        </message>
        <message>
            <source>The folder {path} is not there. Is its drive plugged in?</source>
            <translation>폴더 {path}이(가) 없습니다. 드라이브가 연결되어 있나요?</translation>
        </message>
        <message>
            <source>The network {path} cannot be used: {reason}.</source>
            <translation>신경망 {path}을(를) 사용할 수 없습니다: {reason}.</translation>
        </message>
        <message>
            <source>The device {device} cannot be used: {reason}.</source>
            <translation>장치 {device}을(를) 사용할 수 없습니다: {reason}.</translation>
        </message>
        <message>
            <source>The database {path} cannot be used: {reason}.</source>
            <translation>데이터베이스 {path}을(를) 사용할 수 없습니다: {reason}.</translation>
        </message>
        <message>
            <source>Something went wrong that is our mistake: {error}</source>
            <translation>프로그램 오류가 발생했습니다: {error}</translation>
        </message>
    </context>
    <context>
        <name>plan_model</name>
        <message>
            <source>Goes</source>
            <translation>정리</translation>
        </message>
        <message>
            <source>Size</source>
            <translation>크기</translation>
        </message>
        <message>
            <source>What it is</source>
            <translation>종류</translation>
        </message>
        <message>
            <source>Stays</source>
            <translation>남김</translation>
        </message>
        <message>
            <source>Why</source>
            <translation>이유</translation>
        </message>
    </context>
</TS>
