using Iced.Intel;

namespace ShaderJit.Verifier;

/// <summary>The kinds of register that a kernel may name.</summary>
internal enum RegisterKind : byte
{
    Refused,
    General8,
    General16,
    General32,
    General64,
    Vector,
    Mask,
}

/// <summary>Kind and place of a register. For <see cref="RegisterKind.General8"/> ah to bh count as al to bl.</summary>
internal readonly record struct RegisterPlace(RegisterKind Kind, byte Place)
{
    public bool IsGeneral => Kind is >= RegisterKind.General8 and <= RegisterKind.General64;
}

/// <summary>Iced's registers as places of a <see cref="FactRow"/>.</summary>
internal static class Registers
{
    private static readonly RegisterPlace[] Places = Build();

    public static RegisterPlace Of(Register register) => Places[(int)register];

    private static RegisterPlace[] Build()
    {
        var places = new RegisterPlace[256];
        Set(places, Register.AL, 4, RegisterKind.General8, 0);
        Set(places, Register.AH, 4, RegisterKind.General8, 0);
        Set(places, Register.SPL, 12, RegisterKind.General8, 4);
        Set(places, Register.AX, 16, RegisterKind.General16, 0);
        Set(places, Register.EAX, 16, RegisterKind.General32, 0);
        Set(places, Register.RAX, 16, RegisterKind.General64, 0);
        Set(places, Register.XMM0, 32, RegisterKind.Vector, FactRow.FirstVector);
        Set(places, Register.YMM0, 32, RegisterKind.Vector, FactRow.FirstVector);
        Set(places, Register.ZMM0, 32, RegisterKind.Vector, FactRow.FirstVector);
        Set(places, Register.K0, 8, RegisterKind.Mask, 0);
        return places;
    }

    private static void Set(RegisterPlace[] places, Register first, int count, RegisterKind kind, int place)
    {
        for (int i = 0; i < count; i++)
            places[(int)first + i] = new RegisterPlace(kind, (byte)(place + i));
    }
}
