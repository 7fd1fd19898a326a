// test: machine ops=subgroup_broadcast_first,branch,mask_any,buffer_base
// An index that is the same for all invocations costs no loop: branches are those of the shader, its workgroups and what
// the store asks.
// buffer 0 0 u32: 100 101 102 103 104 105 106 107 108 109 110 111 112 113 114 115
// buffer 0 0[1] u32: iota*8
// buffer 0 1 u32: zero*16
// buffer 0 2 u32: 1
// push u32: 0 4
// spirv 1.5
#version 450
#extension GL_EXT_nonuniform_qualifier : require
layout(local_size_x = 16) in;
layout(std430, binding = 0) readonly buffer A { uint v[]; } a[];
layout(std430, binding = 1) buffer O { uint r[]; };
layout(std430, binding = 2) readonly buffer N { uint which; };
layout(push_constant) uniform P { uint chosen, count; };
void main() {
    uint i = gl_LocalInvocationID.x;
    uint sum = a[chosen].v[i];
    uint at = chosen;
    for (uint j = 0; j < count; j++) {
        sum += a[nonuniformEXT(at)].v[i];
        at ^= which;
    }
    r[i] = sum;
}
// expect:
// 8 lanes: subgroup_broadcast_first=0 branch=3 mask_any=0 buffer_base=4
// 16 lanes: subgroup_broadcast_first=0 branch=2 mask_any=0 buffer_base=4
// finished
// buffer 0 0 u32: 100 101 102 103 104 105 106 107 108 109 110 111 112 113 114 115
// buffer 0 0[1] u32: 0 1 2 3 4 5 6 7
// buffer 0 1 u32: 300 305 310 315 320 325 330 335 324 327 330 333 336 339 342 345
// buffer 0 2 u32: 1
// end
