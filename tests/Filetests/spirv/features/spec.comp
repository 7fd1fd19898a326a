#version 450
layout(local_size_x=64) in;
layout(set=0,binding=0) buffer A { uint a[]; };
layout(set=0,binding=1) buffer B { float b[]; };

layout(constant_id=0) const int N=4; layout(constant_id=1) const bool F=true; layout(constant_id=2) const float G=2.5; layout(local_size_x_id=3) in; shared float sm[N*2]; const int M=N*3+1; void main(){ float loc[N]; uint i=gl_LocalInvocationIndex; sm[i%N]=G; barrier(); for(int k=0;k<M;k++) loc[k%N]=sm[k%N]; b[i]=F?loc[i%N]:float(gl_WorkGroupSize.x); }
