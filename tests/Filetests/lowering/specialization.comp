// test: run spec=3:7,4:1
// Specialization constants: in array sizes, arithmetic, branches, and the workgroup's size.
// buffer 0 0 u32: zero*16
#version 450
layout(local_size_x_id = 1) in;
layout(constant_id = 2) const uint unset = 11;
layout(constant_id = 3) const uint given = 2;
layout(constant_id = 4) const bool flag = false;
layout(constant_id = 5) const float scale = 1.5;
layout(std430, binding = 0) buffer O { uint r[]; };
const uint twice = given * 2u + 1u;
shared uint s[given + 1u];
void main() {
    uint total[given];
    for (uint i = 0u; i < given; ++i) total[i] = i * i;
    s[given] = twice;
    r[0] = unset; r[1] = given; r[2] = twice; r[3] = flag ? 1u : 0u; r[4] = uint(scale * 4.0);
    r[5] = total[given - 1u]; r[6] = uint(s.length()); r[7] = s[given]; r[8] = gl_WorkGroupSize.x;
    if (flag) r[9] = total[(r[1] + 2u) % given]; else r[9] = 1000u;
}
// expect:
// finished
// buffer 0 0 u32: 11 7 15 1 6 36 8 15 1 4 0 0 0 0 0 0
// end
