#version 450
// Images of every shape: 16 results for each of 32 invocations, explicit levels.
layout(local_size_x = 32) in;
layout(set = 0, binding = 0) uniform sampler1D line;
layout(set = 0, binding = 1) uniform sampler1DArray lines;
layout(set = 0, binding = 2) uniform sampler2DArray sheets;
layout(set = 0, binding = 3) uniform sampler3D block;
layout(set = 0, binding = 4) uniform samplerCube cube;
layout(set = 0, binding = 5) uniform samplerCubeArray cubes;
layout(set = 0, binding = 6) uniform usampler2D whole;
layout(set = 0, binding = 7) readonly buffer In { vec4 where[]; };
layout(set = 0, binding = 8) writeonly buffer Out { vec4 result[]; };
void main() {
    uint i = gl_GlobalInvocationID.x;
    vec4 w = where[i * 2];
    float lod = where[i * 2 + 1].x;
    result[i * 7] = textureLod(line, w.x, lod);
    result[i * 7 + 1] = textureLod(lines, w.xy, lod);
    result[i * 7 + 2] = textureLod(sheets, w.xyz, lod);
    result[i * 7 + 3] = textureLod(block, w.xyz, lod);
    result[i * 7 + 4] = textureLod(cube, w.xyz, lod);
    result[i * 7 + 5] = textureLod(cubes, w, lod);
    result[i * 7 + 6] = uintBitsToFloat(textureLod(whole, w.xy, lod));
}
