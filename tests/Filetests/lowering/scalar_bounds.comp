// test: machine bounds=scalar
// Of what ends beyond the range, the components within are loaded and stored.
// buffer 0 0 f32: 1 2 3 4 5 6 7 8 9 10 11
// buffer 0 1 f32: iota*12 20 30 40 50 60
// buffer 0 2 f32: zero*9
#version 450
layout(local_size_x = 4) in;
struct Part { vec3 a; float b; mat2x3 m; };
layout(set = 0, binding = 0) buffer A { vec4 vectors[]; };
layout(set = 0, binding = 1) buffer B { Part part; Part parts[]; };
layout(set = 0, binding = 2, std430) buffer Out { float outs[]; };

void main()
{
    uint i = gl_LocalInvocationIndex;
    vec4 v = vectors[i];
    outs[i] = v.x + 10 * v.y + 100 * v.z + 1000 * v.w;
    vectors[i] = vec4(5, 6, 7, 8) + 10 * i;
    Part p = parts[0];
    if (i == 0)
    {
        outs[4] = p.a.x + p.a.y + p.a.z;
        outs[5] = p.b;
        outs[6] = p.m[0].x;
        outs[7] = p.m[0].y + p.m[0].z + p.m[1].x + p.m[1].y + p.m[1].z;
        outs[8] = part.m[1].z;
        p.a = vec3(1, 2, 3);
        p.b = 4;
        p.m = mat2x3(5, 6, 7, 8, 9, 10);
        parts[0] = p;
    }
}
// expect:
// finished
// buffer 0 0 f32: 5.0 6.0 7.0 8.0 15.0 16.0 17.0 18.0 25.0 26.0 27.0
// buffer 0 1 f32: 0.0 1.0 2.0 3.0 4.0 5.0 6.0 7.0 8.0 9.0 10.0 11.0 1.0 2.0 3.0 4.0 5.0
// buffer 0 2 f32: 4321.0 8765.0 1209.0 0.0 90.0 50.0 60.0 0.0 10.0
// end
