#version 450
#extension GL_EXT_shader_image_load_formatted : require
// Integer storage images of every width, a texel buffer, an array image, a 3D image.
layout(local_size_x = 8, local_size_y = 4) in;
layout(set = 0, binding = 0) uniform iimage2D source;
layout(set = 0, binding = 1) uniform writeonly iimage2D target;
layout(set = 0, binding = 2, rg16i) uniform iimage2DArray sheets;
layout(set = 0, binding = 3, rgba8ui) uniform uimageBuffer texels;
layout(set = 0, binding = 4, r16ui) uniform uimage3D block;
layout(set = 0, binding = 5, r8i) uniform iimage2D bytes;
layout(set = 0, binding = 6, rgb10_a2ui) uniform uimage2D tens;
layout(set = 0, binding = 7) buffer Out { ivec4 result[]; };
void main() {
    ivec2 p = ivec2(gl_GlobalInvocationID.xy) - 1;
    int n = p.y * 16 + p.x;
    ivec4 a = imageLoad(source, p);
    imageStore(target, p, a + 1);
    ivec4 b = imageLoad(sheets, ivec3(p, 1));
    imageStore(sheets, ivec3(p, 0), b * 2);
    uvec4 c = imageLoad(texels, n);
    imageStore(texels, n, c + 1u);
    uvec4 d = imageLoad(block, ivec3(p, p.x & 1));
    imageStore(block, ivec3(p, 1 - (p.x & 1)), d + 3u);
    ivec4 e = imageLoad(bytes, p);
    imageStore(bytes, p, -e);
    uvec4 f = imageLoad(tens, p);
    imageStore(tens, p, f.yzxw);
    uint i = gl_GlobalInvocationID.y * 16 + gl_GlobalInvocationID.x;
    result[i * 6] = a;
    result[i * 6 + 1] = b;
    result[i * 6 + 2] = ivec4(c);
    result[i * 6 + 3] = ivec4(d);
    result[i * 6 + 4] = e;
    result[i * 6 + 5] = ivec4(f);
}
