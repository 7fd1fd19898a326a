// test: run
// Rows of each invocation's own: as long as it says, from where it says, beyond the end of the buffer too; and records of
// some invocations only.
// buffer 0 0 u32: iota*100
// buffer 0 1 u32: 7
// buffer 0 2 u32: zero*160
#version 450
layout(local_size_x = 40) in;
layout(std430, binding = 0) readonly buffer A { uint a[]; };
layout(std430, binding = 0) readonly buffer V { uvec4 v[]; };
layout(std430, binding = 0) readonly buffer W { uvec2 w[]; };
layout(std430, binding = 1) readonly buffer N { uint n; };
layout(std430, binding = 2) buffer R { uint r[]; };
void main() {
    uint id = gl_LocalInvocationID.x;
    uint start = id * 23 % 103, sum = 1;
    for (uint j = start; j < start + id % 11; j++)
        sum = sum * 3 + a[j];
    r[id] = sum;
    sum = 1;
    for (int j = -3; j < int(n); j++)
        sum = sum * 5 + a[int(id) * 3 + j];
    r[40 + id] = sum;
    if (id % 3 != 1) {
        uvec3 record = v[id * 7 % 29].xyz;
        r[80 + id] = record.x + 100 * record.y + 10000 * record.z;
        uint at = id * 11 % 53;
        r[120 + id] = w[at].x + 1000 * w[at].y;
    }
}
// expect:
// finished
// buffer 0 0 u32: 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39 40 41 42 43 44 45 46 47 48 49 50 51 52 53 54 55 56 57 58 59 60 61 62 63 64 65 66 67 68 69 70 71 72 73 74 75 76 77 78 79 80 81 82 83 84 85 86 87 88 89 90 91 92 93 94 95 96 97 98 99
// buffer 0 1 u32: 7
// buffer 0 2 u32: 1 26 194 929 3779 1753 13648 66124 273877 34440 782382 1 73 382 201 1539 7440 30756 4916 90197 496967 2170010 1 17 158 812 3419 664 10372 56287 244357 955476 516666 1 64 346 84 1179 6351 27480 9770506 10375974 17700192 25024410 32348628 39672846 46997064 54321282 61645500 68969718 76293936 83618154 90942372 98266590 105590808 112915026 120239244 127563462 134887680 142211898 149536116 156860334 164184552 171508770 178832988 186157206 193481424 200805642 208129860 215454078 222778296 230102514 237423625 244359375 203125000 9765625 9765625 9765625 9765625 9765625 20100 0 585756 868584 0 262524 545352 0 0 222120 0 787776 0 0 464544 747372 0 141312 424140 0 989796 100908 0 666564 949392 0 343332 626160 0 20100 302928 0 868584 0 0 545352 828180 0 222120 504948 1000 0 45044 67066 0 5004 27026 0 71070 93092 0 31030 53052 0 97096 13012 0 57056 79078 0 17016 39038 0 83082 0 0 43042 65064 0 3002 25024 0 69068 91090 0 29028 51050 0 95094 11010
// end
