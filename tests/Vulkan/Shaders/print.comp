#version 450
#extension GL_EXT_debug_printf : require
#extension GL_EXT_shader_explicit_arithmetic_types : require

layout(local_size_x = 24) in;

layout(set = 0, binding = 0) buffer Data { uint data[]; };

layout(push_constant) uniform Push { uint mode; };

void main()
{
    uint i = gl_GlobalInvocationID.x;
    switch (mode)
    {
    case 0:
        if (i == 5)
        {
            debugPrintfEXT("plain");
            debugPrintfEXT("%d %i %u %x %#X %o", -5, int(i), 4000000000u, 0xBEEFu, 0xBEEFu, 8u);
            debugPrintfEXT("%f %.2f %e %g", 1.5, 3.14159, 12345.678, 0.0001);
            debugPrintfEXT("%v3f|%.1v2f|%v4d", vec3(1, 2, 3), vec2(0.25, 0.75), ivec4(1, -2, 3, -4));
            debugPrintfEXT("%lu %ld %lx", 0x123456789ABCDEFUL, -1L, 0xFFFFFFFFFFFUL);
            debugPrintfEXT("%d %u %d %f %d", int8_t(-3), uint8_t(200), int16_t(-300), float16_t(0.5), i == 5);
            debugPrintfEXT("%.3f %v2f", 2.0lf, dvec2(1, -1));
            debugPrintfEXT("50%% \x1b[31mred\nnext %c\n", 27u);
        }
        break;
    case 1:
        // Some lanes of several subgroups.
        if (i % 3 == 1)
            debugPrintfEXT("lane %u has %u", i, data[i]);
        break;
    case 2:
        for (uint k = 0; k < 1000; k++)
            debugPrintfEXT("round %u of %u", k, i);
        break;
    }

    data[i] = i + 1;
}
