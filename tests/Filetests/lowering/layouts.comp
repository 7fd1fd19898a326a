// test: run
// std140, std430, row-major matrices, nested structs and arrays, arrays of vec3; whole structs copied.
// buffer 0 0 f32: iota*64
// buffer 0 1 f32: iota*64
// buffer 0 2 f32: zero*64
#version 450
layout(local_size_x = 1) in;
struct Inner { vec3 v; float f; };
struct Outer { float head; Inner inner[2]; vec2 tail; };
layout(std140, binding = 0) uniform U { float first; float spaced[3]; layout(row_major) mat3x2 rows; mat2x3 columns; vec2 last; } u;
layout(std430, binding = 1) readonly buffer B { mat4 m; Outer o; float rest[]; } b;
layout(std430, binding = 2) buffer R { Outer copy; float r[]; };
void main() {
    uint zero = gl_LocalInvocationID.x;
    copy = b.o;
    r[0] = u.first;
    r[1] = u.spaced[1 + zero];
    r[2] = u.rows[2 + zero][1];
    r[3] = u.rows[zero].x;
    r[4] = u.columns[1][zero + 2];
    r[5] = u.last.y;
    vec4 c = b.m[zero + 3];
    r[6] = c.x + c.w;
    r[7] = b.m[2][zero + 1];
    r[8] = b.o.inner[zero + 1].v.z;
    r[9] = b.rest[zero + 1];
    r[10] = float(b.rest.length());
    mat3x2 rows = u.rows;
    r[11] = rows[1].y;
    r[12] = determinant(mat2(rows[0], rows[2]));
}
// expect:
// finished
// buffer 0 0 f32: 0.0 1.0 2.0 3.0 4.0 5.0 6.0 7.0 8.0 9.0 10.0 11.0 12.0 13.0 14.0 15.0 16.0 17.0 18.0 19.0 20.0 21.0 22.0 23.0 24.0 25.0 26.0 27.0 28.0 29.0 30.0 31.0 32.0 33.0 34.0 35.0 36.0 37.0 38.0 39.0 40.0 41.0 42.0 43.0 44.0 45.0 46.0 47.0 48.0 49.0 50.0 51.0 52.0 53.0 54.0 55.0 56.0 57.0 58.0 59.0 60.0 61.0 62.0 63.0
// buffer 0 1 f32: 0.0 1.0 2.0 3.0 4.0 5.0 6.0 7.0 8.0 9.0 10.0 11.0 12.0 13.0 14.0 15.0 16.0 17.0 18.0 19.0 20.0 21.0 22.0 23.0 24.0 25.0 26.0 27.0 28.0 29.0 30.0 31.0 32.0 33.0 34.0 35.0 36.0 37.0 38.0 39.0 40.0 41.0 42.0 43.0 44.0 45.0 46.0 47.0 48.0 49.0 50.0 51.0 52.0 53.0 54.0 55.0 56.0 57.0 58.0 59.0 60.0 61.0 62.0 63.0
// buffer 0 2 f32: 16.0 0.0 0.0 0.0 20.0 21.0 22.0 23.0 24.0 25.0 26.0 27.0 28.0 29.0 0.0 0.0 0.0 8.0 22.0 16.0 30.0 33.0 27.0 9.0 26.0 33.0 32.0 21.0 -8.0 0.0 0.0 0.0 0.0 0.0 0.0 0.0 0.0 0.0 0.0 0.0 0.0 0.0 0.0 0.0 0.0 0.0 0.0 0.0 0.0 0.0 0.0 0.0 0.0 0.0 0.0 0.0 0.0 0.0 0.0 0.0 0.0 0.0 0.0 0.0
// end
