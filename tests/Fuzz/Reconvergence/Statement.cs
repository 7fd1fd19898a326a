namespace ShaderJit.Fuzz.Reconvergence;

/// <summary>What a statement asks of the lanes that run it together.</summary>
internal enum Question
{
    /// <summary>The lanes themselves: the ballot of true.</summary>
    Ballot,

    /// <summary>The ballot of a condition.</summary>
    BallotOf,
    Elect,
    Any,
    All,

    /// <summary>The sum of each lane's place and 1.</summary>
    Sum,

    /// <summary>How many lanes up to this one.</summary>
    Scan,

    /// <summary>The place of the first lane.</summary>
    First,

    /// <summary>The place of a neighbour, 0 where that one is not here.</summary>
    Neighbour,
}

internal enum ConditionKind
{
    /// <summary>A bit of a constant, by the lane's place.</summary>
    Mask,

    /// <summary>The lane's place is below a constant.</summary>
    Below,

    /// <summary>A bit of what the invocation has gathered.</summary>
    Gathered,

    /// <summary>The lane's place, less what is given, is that of the innermost loop's counter.</summary>
    Turn,

    /// <summary>A number that the compiler does not know, the same for all.</summary>
    Uniform,

    /// <summary>A bit of the workgroup's number.</summary>
    Workgroup,

    /// <summary>A constant.</summary>
    Known,

    /// <summary>True for the first lane of those that are here.</summary>
    Elected,

    /// <summary>Whether an even number of lanes is here.</summary>
    Even,
}

/// <param name="Number">Bits, a bound or a bit's place, by the kind.</param>
/// <param name="Loop">Number of the loop whose counter is asked; -1 without.</param>
internal sealed record Condition(ConditionKind Kind, uint Number, bool Negated, int Loop = -1);

/// <summary>A statement of a program that is made of nested constructs, as a high-level language has them.</summary>
internal abstract record Statement;

/// <summary>Asks, adds the answer to what the invocation has gathered, and may store it.</summary>
internal sealed record Observe(Question Question, int Id, Condition? Condition, bool Stores) : Statement;

/// <summary>Changes what the invocation has gathered, asking nobody.</summary>
internal sealed record Compute(uint Number) : Statement;

internal sealed record If(Condition Condition, Block Then, Block? Else) : Statement;

internal enum LoopForm
{
    /// <summary>The header asks whether to go on.</summary>
    While,

    /// <summary>The latch asks.</summary>
    DoWhile,

    /// <summary>A block of the body asks, and leaves as the loop's end says.</summary>
    Endless,
}

/// <summary>A loop of a bounded number of turns.</summary>
/// <param name="Number">Of its counter.</param>
/// <param name="Limit">Turns; for <paramref name="Varies"/>, bits of the lane's place to add.</param>
/// <param name="Known">Whether the compiler can tell the limit.</param>
/// <param name="Leaves">Of an endless one: what a lane does in its last turn; ends in <see cref="Break"/> or <see cref="Return"/>.</param>
/// <param name="Header">Straight code of the header block.</param>
internal sealed record Loop(LoopForm Form, int Number, uint Limit, uint Varies, bool Known, Block? Leaves, Block Header, Block Body, Block Continuing)
    : Statement;

/// <param name="Selector">Two bits of the value that chooses; none where the lane's place does.</param>
/// <param name="Cases">In order; a case may fall through to the next.</param>
/// <param name="Default">Index of the case that is the default too; -1: the merge block.</param>
internal sealed record Switch(Condition[] Selector, SwitchCase[] Cases, int Default) : Statement;

internal sealed record SwitchCase(uint[] Literals, Block Body, bool Falls);

/// <summary>A loop in which one lane after the other is elected, and leaves.</summary>
internal sealed record Queue : Statement;

/// <summary>A loop that nothing leaves. Programs in which a lane comes there are not run.</summary>
internal sealed record Never(Block Body) : Statement;

internal sealed record Break : Statement;

internal sealed record LeaveSwitch : Statement;

internal sealed record Continue : Statement;

internal sealed record Return : Statement;

internal sealed record Call(int Function) : Statement;

/// <summary>A barrier for the workgroup, in flow that is the same for all of it.</summary>
internal sealed record Barrier : Statement;

internal sealed record Block(IReadOnlyList<Statement> Statements);

/// <param name="Functions">Called by the entry point and by those behind them.</param>
/// <param name="Loops">How many counters there are.</param>
internal sealed record Program(IReadOnlyList<Block> Functions, Block Main, int Loops, (int X, int Y, int Z) Size)
{
    public int Invocations => Size.X * Size.Y * Size.Z;
}
