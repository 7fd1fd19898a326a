#version 450
#extension GL_EXT_shader_8bit_storage : require
#extension GL_EXT_shader_explicit_arithmetic_types_int8 : require
// Planes of bytes (4:2:0) to packed pixels.
layout(local_size_x = 32, local_size_y = 4) in;
layout(push_constant) uniform P { uint width, height; } p;
layout(std430, binding = 0) readonly buffer Y { uint8_t luma[]; };
layout(std430, binding = 1) readonly buffer U { uint8_t cb[]; };
layout(std430, binding = 2) readonly buffer V { uint8_t cr[]; };
layout(std430, binding = 3) writeonly buffer D { uint dst[]; };
void main() {
    uvec2 at = gl_GlobalInvocationID.xy;
    if (at.x >= p.width || at.y >= p.height)
        return;
    uint chroma = (at.y / 2) * (p.width / 2) + at.x / 2;
    int y = (int(luma[at.y * p.width + at.x]) - 16) * 298, u = int(cb[chroma]) - 128, v = int(cr[chroma]) - 128;
    int r = clamp((y + 409 * v + 128) >> 8, 0, 255);
    int g = clamp((y - 100 * u - 208 * v + 128) >> 8, 0, 255);
    int b = clamp((y + 516 * u + 128) >> 8, 0, 255);
    dst[at.y * p.width + at.x] = uint(r | (g << 8) | (b << 16)) | 0xFF000000u;
}
